/**
 * In what setting a phrase stands: asked about, quoted, in code, discussed, hidden. Speaking about an attack is not one.
 */
import { ASK, DISCUSS, wordAt, wordEnd } from './dictionary';
import { at, end, find, isAt, isWord, skipSpace, start } from './text';

/** A capsule being stored, rather than a query. */
export let capsule: bool = false;
/** A query that opens with a question word. */
export let asks: bool = false;
/** A query with a question mark anywhere. */
export let questioned: bool = false;
/** Where the last discussing word stood; 0 before the first. */
let discussedAt: usize = 0;
let hiddenFrom: usize = 0;
let hiddenTo: usize = 0;
let fenced: bool = false;

const NEAR: usize = 240;

export function enterText(isCapsule: bool): void {
  capsule = isCapsule;
  const first = skipSpace(start);
  asks = !isCapsule && (wordAt(first) & ASK) != 0 && !isAt(first, 'describe the system');
  questioned = !isCapsule && find(start, <i32>(end - start), '?') != 0;
  discussedAt = 0;
  hiddenFrom = 0;
  hiddenTo = 0;
  fenced = false;
}

export function discuss(p: usize): void {
  discussedAt = p;
}

export function hide(from: usize, to: usize): void {
  hiddenFrom = from;
  hiddenTo = to;
}

export function fence(): void {
  fenced = !fenced;
}

export function isHidden(p: usize): bool {
  return p >= hiddenFrom && p < hiddenTo;
}

/** Whether a phrase is spoken about: quoted, in code, or with a word near it that says so. Hidden text never is. */
export function spokenAbout(from: usize, to: usize): bool {
  if (isHidden(from)) return false;
  if (!capsule && !asks) return false;
  return inQuotes(from, to) || isDiscussed(from, to) || (capsule && inCode(from));
}

export function isDiscussed(from: usize, to: usize): bool {
  if (discussedAt != 0 && from - discussedAt < NEAR) return true;
  const limit = min(end, to + 120);
  let p = to;
  while (p < limit) {
    if (isWord(at(p))) {
      if ((wordAt(p) & DISCUSS) != 0) return true;
      p = wordEnd;
    } else p++;
  }
  return false;
}

export function inCode(p: usize): bool {
  if (fenced) return true;
  let line = p;
  const limit = p - start > 400 ? p - 400 : start;
  let ticks = 0;
  while (line > limit && at(line - 1) != 10) {
    line--;
    if (at(line) == 96) ticks++;
  }
  if ((ticks & 1) == 1) return true;
  return at(line) == 9 || isAt(line, '    ') || isAt(line, '>>> ') || isAt(line, '$ ') || isAt(line, '| ');
}

/** Whether marks of quotation stand on both sides of it, near. */
export function inQuotes(from: usize, to: usize): bool {
  const limit = from - start > 120 ? from - 120 : start;
  let p = from;
  let mark: u32 = 0;
  while (p > limit && mark == 0) {
    p--;
    const c = at(p);
    if (c == 10 && at(p - 1) == 10) return false;
    if (c == 34 || c == 96) mark = c;
    else if (c == 39 && !isWord(at(p - 1))) mark = c;
    else if (c == 0xe2 && at(p + 1) == 0x80 && (at(p + 2) == 0x9c || at(p + 2) == 0x98)) mark = at(p + 2);
  }
  if (mark == 0) return false;
  const ahead = min(end, to + 160);
  for (let q = to > 0 ? to - 1 : to; q < ahead; q++) {
    const c = at(q);
    if (
      mark < 128
        ? c == mark && !(c == 39 && isWord(at(q + 1)))
        : c == 0xe2 && at(q + 1) == 0x80 && at(q + 2) == mark + 1
    )
      return true;
  }
  return false;
}
