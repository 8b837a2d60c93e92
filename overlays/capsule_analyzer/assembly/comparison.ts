/** What two texts have in common, and sentences of theirs that are alike but for a negation, a number or a date. */
import { Prose, Sentence } from './sentences';
import { likeness, shared } from './summary';
import { nextWord, stemHash, wordEnd } from './words';

/** Sentences this alike speak about the same thing. */
const ALIKE: f64 = 0.6;
const FEWEST_SHARED: i32 = 3;
/** Of each text, sentences that are compared. */
const MOST_COMPARED: i32 = 200;
const MOST_CONTRADICTIONS: i32 = 10;
const MOST_SHINGLES: i32 = 50000;

export class Contradiction {
  constructor(
    readonly kind: string,
    readonly own: Sentence,
    readonly other: Sentence,
    readonly alike: f64,
  ) {}
}

/** Hashes of each three words in a row, sorted, each once. */
export function shinglesOf(at: usize, length: i32): u64[] {
  const shingles: u64[] = [];
  let a: u64 = 0;
  let b: u64 = 0;
  let words = 0;
  let p = at;
  while (shingles.length < MOST_SHINGLES && nextWord(p, at + length)) {
    const c = <u64>stemHash;
    words++;
    if (words >= 3) shingles.push(((a * 0x9e3779b97f4a7c15) ^ (b * 0xbf58476d1ce4e5b9)) + c);
    a = b;
    b = c;
    p = wordEnd;
  }
  if (words > 0 && words < 3) shingles.push((a << 32) ^ b);
  shingles.sort((x, y) => (x < y ? -1 : x > y ? 1 : 0));
  let kept = 0;
  for (let i = 0; i < shingles.length; i++)
    if (i == 0 || shingles[i] != shingles[i - 1]) shingles[kept++] = shingles[i];
  shingles.length = kept;
  return shingles;
}

export function contradictions(own: Prose, other: Prose): Contradiction[] {
  const list: Contradiction[] = [];
  const mine = min(own.sentences.length, MOST_COMPARED);
  const theirs = min(other.sentences.length, MOST_COMPARED);
  for (let i = 0; i < mine; i++) {
    const a = own.sentences[i];
    if (a.terms.length < FEWEST_SHARED) continue;
    let best: Contradiction | null = null;
    for (let j = 0; j < theirs; j++) {
      const b = other.sentences[j];
      if (b.terms.length < FEWEST_SHARED || b.terms.length > a.terms.length * 2 || a.terms.length > b.terms.length * 2)
        continue;
      if (shared(a.terms, b.terms) < FEWEST_SHARED) continue;
      const alike = likeness(a.terms, b.terms);
      if (alike < ALIKE || (best !== null && alike <= best.alike)) continue;
      const kind = difference(a, b);
      if (kind.length > 0) best = new Contradiction(kind, a, b, alike);
      else if (alike > 0.95 && a.numbers.length == b.numbers.length) {
        // The other text says the very same: whatever else is alike there is no contradiction of this.
        best = null;
        break;
      }
    }
    if (best !== null) list.push(best);
  }
  list.sort((x, y) => (x.alike > y.alike ? -1 : x.alike < y.alike ? 1 : <i32>x.own.start - <i32>y.own.start));
  if (list.length > MOST_CONTRADICTIONS) list.length = MOST_CONTRADICTIONS;
  return list;
}

/** `negation`, `opposite`, `number`, `date`; empty where they do not differ so. */
function difference(a: Sentence, b: Sentence): string {
  // Of note 12 something else may be true than of note 13.
  if (differ(a.labels, b.labels)) return '';
  const opposed = opposites(a, b);
  // `not rejected` against `accepted` is none.
  const negated = ((a.negations + b.negations) & 1) == 1;
  if (opposed != negated) return opposed ? 'opposite' : 'negation';
  if (opposed) return '';
  if (differ(a.dates, b.dates)) return 'date';
  return differ(a.numbers, b.numbers) ? 'number' : '';
}

function opposites(a: Sentence, b: Sentence): bool {
  for (let i = 0; i < a.sides.length; i++)
    if (b.sides.includes(a.sides[i] ^ 1) && !b.sides.includes(a.sides[i])) return true;
  return false;
}

/** Both name some, as many, and not the same. */
function differ(a: u32[], b: u32[]): bool {
  if (a.length == 0 || a.length != b.length) return false;
  for (let i = 0; i < a.length; i++) if (!b.includes(a[i])) return true;
  return false;
}
