/** The text under examination, as UTF-8, and the small steps that scanners are made of. */

export let start: usize = 0;
export let end: usize = 0;

export function examine(at: usize, length: i32): void {
  start = at;
  end = at + length;
}

/** The byte there, 0 outside the text. */
export function at(p: usize): u8 {
  return p >= start && p < end ? load<u8>(p) : 0;
}

export function isDigit(c: u8): bool {
  return c >= 48 && c <= 57;
}

export function isLetter(c: u8): bool {
  return (c | 32) >= 97 && (c | 32) <= 122;
}

export function isUpper(c: u8): bool {
  return c >= 65 && c <= 90;
}

/** Letters, digits, `_` and every byte of a sign beyond ASCII. */
export function isWord(c: u8): bool {
  return isLetter(c) || isDigit(c) || c == 95 || c >= 128;
}

export function isSpace(c: u8): bool {
  return c == 32 || (c >= 9 && c <= 13);
}

/** Past white space, at most 64 bytes of it: longer runs are no part of one phrase. */
export function skipSpace(p: usize): usize {
  const limit = min(end, p + 64);
  while (p < limit && isSpace(load<u8>(p))) p++;
  return p;
}

/** Whether the lower-case ASCII text stands there, in any case. */
export function isAt(p: usize, text: string): bool {
  if (p < start || p + text.length > end) return false;
  for (let i = 0; i < text.length; i++) {
    let c = load<u8>(p + i);
    if (isUpper(c)) c |= 32;
    if (<i32>c != text.charCodeAt(i)) return false;
  }
  return true;
}

/** As {@link isAt}, and no word goes on behind it. */
export function isWordAt(p: usize, text: string): bool {
  return isAt(p, text) && !isWord(at(p + text.length));
}

/** Where the text stands within so many bytes, 0 where it does not. */
export function find(p: usize, within: i32, text: string): usize {
  const limit = min(end, p + within);
  const first = <u8>text.charCodeAt(0);
  for (; p < limit; p++) {
    const c = load<u8>(p);
    if ((isUpper(c) ? c | 32 : c) == first && isAt(p, text)) return p;
  }
  return 0;
}

/** Position in UTF-16 units, as JavaScript counts, of a position counted from `units` at `known`. */
export function unitsBetween(known: usize, p: usize): i32 {
  let units = 0;
  for (; known < p; known++) {
    const c = load<u8>(known);
    if (c < 128 || c >= 0xc0) units += c >= 0xf0 ? 2 : 1;
  }
  return units;
}
