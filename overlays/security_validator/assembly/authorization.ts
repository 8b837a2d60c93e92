/** Credentials of HTTP, as they stand in a header: `Authorization: Basic …`, `Bearer …`. */
import { at, end, isDigit, isLetter, isUpper } from './text';

const SHORTEST_TOKEN: usize = 20;
const SHORTEST_PAIR: usize = 10;

/** Where the credential behind the word `bearer` or `basic` begins; 0 where none stands there. */
export function credentialBehind(next: usize): usize {
  let p = next;
  while (at(p) == 32 && p - next < 4) p++;
  return p > next && (isLetter(at(p)) || isDigit(at(p))) ? p : 0;
}

/** End of a bearer token, 0 where the word is no token: one has figures, and is longer than words are. */
export function bearerEnd(from: usize): usize {
  let figures = 0;
  let p = from;
  while (isTokenSign(at(p))) {
    if (isDigit(at(p))) figures++;
    p++;
  }
  while (p > from && at(p - 1) == 46) p--;
  return p - from >= SHORTEST_TOKEN && figures >= 2 ? p : 0;
}

/** End of what is `user:password` in base64, 0 where it is something else. */
export function basicEnd(from: usize): usize {
  let bits: u32 = 0;
  let held = 0;
  let colons = 0;
  let p = from;
  for (; p < end; p++) {
    const value = base64(at(p));
    if (value > 63) break;
    bits = (bits << 6) | value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    const byte = (bits >> held) & 255;
    if (byte < 32 || byte == 127) return 0;
    if (byte == 58) colons++;
  }
  const length = p - from;
  while (at(p) == 61) p++;
  return length >= SHORTEST_PAIR && colons > 0 ? p : 0;
}

function isTokenSign(c: u8): bool {
  return isLetter(c) || isDigit(c) || c == 45 || c == 46 || c == 95 || c == 126 || c == 43 || c == 47 || c == 61;
}

function base64(c: u8): u32 {
  if (isUpper(c)) return c - 65;
  if (isLetter(c)) return c - 71;
  if (isDigit(c)) return c + 4;
  return c == 43 ? 62 : c == 47 ? 63 : 64;
}
