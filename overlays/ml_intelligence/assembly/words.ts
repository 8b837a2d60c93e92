/** Lower-case words of a request and its distinct meaningful terms, as the search index would see them. */

const STOP = new Set<string>();

function stop(words: string): void {
  const list = words.split(' ');
  for (let i = 0; i < list.length; i++) STOP.add(list[i]);
}

stop(
  'a about above after again against all also am an and any are as at be because been before being below between both',
);
stop('but by can could did do does doing down during each few for from further had has have having he her here hers');
stop('herself him himself his how i if in into is it its itself just me more most my myself no nor not now of off on');
stop('once only or other our ours ourselves out over own same she should so some such than that the their theirs them');
stop(
  'themselves then there these they this those through to too under until up very was we were what when where which',
);
stop('while who whom why will with would you your yours yourself yourselves');
stop('arent cant couldnt didnt doesnt dont hadnt hasnt havent hed hes id ill im isnt ive lets shes shouldnt thats');
stop('theres theyd theyll theyre theyve wasnt weve werent whats wheres whos wont wouldnt youd youll youre youve');

export function isDigit(c: i32): bool {
  return c >= 48 && c <= 57;
}

export function isLetter(c: i32): bool {
  return ((c | 32) >= 97 && (c | 32) <= 122) || c >= 0xc0;
}

export function isWord(c: i32): bool {
  return isLetter(c) || isDigit(c);
}

function isJoiner(c: i32): bool {
  return c == 95 || c == 46 || c == 45;
}

function isLower(c: i32): bool {
  return c >= 97 && c <= 122;
}

function isApostrophe(c: i32): bool {
  return c == 39 || c == 0x2019 || c == 0x2bc;
}

/** Signs of prose beyond ASCII that are no letters. */
function isMark(c: i32): bool {
  return (
    (c >= 0x2000 && c <= 0x206f) ||
    (c >= 0x2190 && c <= 0x245f) ||
    (c >= 0x2500 && c <= 0x2bff) ||
    (c >= 0x3000 && c <= 0x3003)
  );
}

function at(text: string, i: i32): i32 {
  return i >= 0 && i < text.length ? text.charCodeAt(i) : 0;
}

/** Distinct terms, stop words left out, words of one stem counted once; `snake_case` and `3.12` count whole and by parts. */
export function distinctTerms(text: string): i32 {
  const terms = new Set<string>();
  const lower = text.toLowerCase();
  let i = 0;
  while (i < text.length) {
    if (!isWord(at(text, i)) || isMark(at(text, i))) {
      i++;
      continue;
    }
    const from = i;
    let parts = 0;
    let whole = false;
    let foreign = false;
    while (true) {
      const start = i;
      let end = -1;
      let hump = start;
      let humps = false;
      while (i < text.length) {
        const c = at(text, i);
        if (isApostrophe(c) && isLetter(at(text, i + 1))) {
          if ((at(text, i + 1) | 32) == 115 && !isWord(at(text, i + 2))) {
            end = i;
            i += 2;
            break;
          }
        } else if (!isWord(c) || isMark(c)) break;
        else if (isDigit(c)) whole = true;
        else if (c >= 128) foreign = true;
        else if (
          c < 97 &&
          i - hump >= 2 &&
          isLower(at(text, i - 1)) &&
          isLower(at(text, i - 2)) &&
          isLower(at(text, i + 1))
        ) {
          put(terms, lower.substring(hump, i));
          hump = i;
          humps = true;
        }
        i++;
      }
      const stopAt = end < 0 ? i : end;
      if (humps) put(terms, lower.substring(hump, stopAt));
      put(terms, withoutApostrophes(lower.substring(start, stopAt)));
      parts++;
      if (end >= 0 || !isJoiner(at(text, i)) || !isWord(at(text, i + 1))) break;
      if (at(text, i) == 95) whole = true;
      i++;
    }
    if (parts > 1 && whole && !foreign) put(terms, lower.substring(from, i));
  }
  return terms.size;
}

function withoutApostrophes(word: string): string {
  for (let i = 0; i < word.length; i++) {
    if (isApostrophe(word.charCodeAt(i)))
      return word.replaceAll("'", '').replaceAll('\u2019', '').replaceAll('\u02bc', '');
  }
  return word;
}

function put(terms: Set<string>, word: string): void {
  if (word.length == 0 || STOP.has(word)) return;
  terms.add(stemOf(word));
}

const ENDINGS: string[] = [
  'ational',
  'ations',
  'ation',
  'ments',
  'ment',
  'ings',
  'ing',
  'ions',
  'ion',
  'ness',
  'ies',
  'ied',
  'ers',
  'ed',
  'es',
  'er',
  'ly',
  's',
  'e',
  'y',
];

/** A rough stem: enough to see that `replaced` and `replacement` are one term. */
function stemOf(word: string): string {
  for (let i = 0; i < word.length; i++) if (word.charCodeAt(i) < 97 || word.charCodeAt(i) > 122) return word;
  for (let i = 0; i < ENDINGS.length; i++) {
    const ending = ENDINGS[i];
    const left = word.length - ending.length;
    if (left < 3 || !word.endsWith(ending)) continue;
    if (ending == 's' && (word.endsWith('ss') || word.endsWith('us'))) break;
    let stem = word.substring(0, left);
    // `planned` is of `plan`.
    if (left > 3 && (ending == 'ed' || ending == 'ing' || ending == 'er') && at(stem, left - 1) == at(stem, left - 2)) {
      const last = at(stem, left - 1);
      if (last != 108 && last != 115 && last != 122) stem = stem.substring(0, left - 1);
    }
    return stem.length > 3 && stem.endsWith('e') ? stem.substring(0, stem.length - 1) : stem;
  }
  return word;
}

/** Lower-case words in order, at signs and joiners alike. */
export function wordsOf(text: string): string[] {
  const lower = text.toLowerCase();
  const words: string[] = [];
  let i = 0;
  while (i < lower.length) {
    if (!isWord(lower.charCodeAt(i)) && lower.charCodeAt(i) != 95) {
      i++;
      continue;
    }
    const from = i;
    while (i < lower.length && (isWord(lower.charCodeAt(i)) || lower.charCodeAt(i) == 95)) i++;
    words.push(lower.substring(from, i));
  }
  return words;
}

function isSpace(c: i32): bool {
  return (
    c == 32 ||
    (c >= 9 && c <= 13) ||
    c == 0xa0 ||
    (c >= 0x2000 && c <= 0x200a) ||
    c == 0x2028 ||
    c == 0x2029 ||
    c == 0x3000 ||
    c == 0xfeff ||
    c == 0x202f ||
    c == 0x205f ||
    c == 0x1680
  );
}

export function isWhite(c: i32): bool {
  return isSpace(c);
}

/** Runs of what is no white space. */
export function countWords(text: string): i32 {
  let count = 0;
  let inside = false;
  for (let i = 0; i < text.length; i++) {
    const white = isSpace(text.charCodeAt(i));
    if (!white && !inside) count++;
    inside = !white;
  }
  return count;
}
