/** Words of a text in UTF-8, by hash of their rough stem, and the words that mean nothing by themselves. */

const STOP = new Set<u32>();
const NEGATIONS = new Set<u32>();
const MONTHS = new Set<u32>();
/** The stem of each word of a pair of opposites → which pair, and in the last bit which side. */
const OPPOSITES = new Map<u32, i32>();

function hashOf(word: string): u32 {
  let hash: u32 = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = (hash ^ (<u32>word.charCodeAt(i))) * 0x01000193;
  return hash;
}

function fill(set: Set<u32>, words: string): void {
  const list = words.split(' ');
  for (let i = 0; i < list.length; i++) set.add(hashOf(list[i]));
}

fill(
  STOP,
  "a about above after again against all also although am an and any are as at be because been before being below between both but by can could did do does doing down during each either else few for from further had has have having he her here hers herself him himself his how however i if in into is it its itself just may me might more most much must my myself nor now of off on once only or other our ours ourselves out over own per same shall she should since so some such than that the their theirs them themselves then there therefore these they this those though through thus to too under until up upon us very via was we were what when where whether which while who whom whose why will with within would yet you your yours yourself it's that's one two many every well even still another however",
);
fill(
  NEGATIONS,
  "not no never none neither without cannot can't don't doesn't didn't isn't aren't wasn't weren't won't wouldn't shouldn't couldn't hasn't haven't hadn't nobody nothing hardly",
);
fill(
  MONTHS,
  'january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec',
);

function opposite(pairs: string): void {
  const list = pairs.split(' ');
  for (let i = 0; i < list.length; i++) {
    const sides = list[i].split('/');
    OPPOSITES.set(stemOf(sides[0]), i * 2 + 2);
    OPPOSITES.set(stemOf(sides[1]), i * 2 + 3);
  }
}

function isLetter(c: u8): bool {
  return (c | 32) >= 97 && (c | 32) <= 122;
}

export function isDigit(c: u8): bool {
  return c >= 48 && c <= 57;
}

export function isWordByte(c: u8): bool {
  return isLetter(c) || isDigit(c) || c >= 128 || c == 95;
}

/** What {@link nextWord} read. */
export let wordAt: usize = 0;
export let wordEnd: usize = 0;
/** Of the lower-case word, and of its rough stem. */
export let wordHash: u32 = 0;
export let stemHash: u32 = 0;
export let isNumber: bool = false;

/** Reads the next word from `p` on; false where there is none before `end`. A number keeps its points, dashes and commas. */
export function nextWord(p: usize, end: usize): bool {
  while (p < end && !isWordByte(load<u8>(p))) p++;
  if (p >= end) return false;
  wordAt = p;
  isNumber = isDigit(load<u8>(p));
  let hash: u32 = 0x811c9dc5;
  // Hashes of the word short of its last one to three letters, for the stem.
  let one: u32 = 0;
  let two: u32 = 0;
  let three: u32 = 0;
  while (p < end) {
    let c = load<u8>(p);
    if (!isWordByte(c)) {
      const inner = isNumber
        ? (c == 46 || c == 44 || c == 45 || c == 58) && p + 1 < end && isDigit(load<u8>(p + 1))
        : c == 39 && p + 1 < end && isLetter(load<u8>(p + 1));
      if (!inner) break;
    }
    if (c >= 65 && c <= 90) c |= 32;
    three = two;
    two = one;
    one = hash;
    hash = (hash ^ c) * 0x01000193;
    p++;
  }
  wordEnd = p;
  wordHash = hash;
  stemHash = hash;
  const length = p - wordAt;
  if (!isNumber && length > 3) {
    const last = load<u8>(p - 1) | 32;
    const before = load<u8>(p - 2) | 32;
    if (last == 115 && before == 39) stemHash = two;
    else if (last == 115 && before != 115 && before != 117 && before != 105)
      stemHash = before == 101 && length > 5 ? two : one;
    else if (last == 100 && before == 101 && length > 4) stemHash = two;
    else if (last == 103 && before == 110 && (load<u8>(p - 3) | 32) == 105 && length > 5) stemHash = three;
    else if (last == 121 && before == 108 && length > 5) stemHash = two;
    else if (last == 101) stemHash = one;
  }
  return true;
}

export function isStop(hash: u32): bool {
  return STOP.has(hash) || NEGATIONS.has(hash);
}

export function isNegation(hash: u32): bool {
  return NEGATIONS.has(hash);
}

export function isMonth(hash: u32): bool {
  return MONTHS.has(hash);
}

/** Which side of which pair of opposites a word is: 0 for none, the other side differs in the last bit. */
export function sideOf(hash: u32): i32 {
  return OPPOSITES.has(hash) ? OPPOSITES.get(hash) : 0;
}

function stemOf(word: string): u32 {
  const bytes = String.UTF8.encode(word);
  const at = changetype<usize>(bytes);
  nextWord(at, at + bytes.byteLength);
  return stemHash;
}

opposite(
  'accepted/rejected allowed/forbidden increased/decreased increases/decreases safe/unsafe valid/invalid enabled/disabled approved/refused possible/impossible required/optional public/private passed/failed positive/negative higher/lower true/false legal/illegal mandatory/voluntary rose/fell effective/ineffective included/excluded open/closed begins/ends started/stopped won/lost increase/decrease supported/unsupported significant/insignificant granted/denied signed/unsigned above/below more/less stable/unstable',
);
