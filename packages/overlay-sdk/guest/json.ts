/**
 * JSON read in place, strictly by RFC 8259. Strings stay in the input's bytes, unescaped where they stand (which never
 * makes them longer), so a text of a megabyte costs one pass and no copy. Nothing read here outlives the call that read it.
 */

import { decimal } from './decimal';

export const enum Kind {
  NULL,
  FALSE,
  TRUE,
  NUMBER,
  TEXT,
  LIST,
  OBJECT,
}

/** Deeper input is refused: reading it is recursive. */
const DEEPEST: i32 = 64;

export class Json {
  kind: Kind = Kind.NULL;
  /** Of a number. */
  number: f64 = 0;
  /** Of a text: its UTF-8. */
  at: usize = 0;
  length: i32 = 0;
  /** Of a field: its name. */
  keyAt: usize = 0;
  keyLength: i32 = 0;
  /** Of a list or object: the first inside. */
  first: Json | null = null;
  next: Json | null = null;
  /** Of a list or object: how many are inside. */
  count: i32 = 0;

  /** The field of that name, null where there is none or this is no object; of several the first. */
  field(name: string): Json | null {
    if (this.kind != Kind.OBJECT) return null;
    let item = this.first;
    while (item !== null) {
      if (sameText(item.keyAt, item.keyLength, name)) return item;
      item = item.next;
    }
    return null;
  }

  numberOf(name: string, otherwise: f64): f64 {
    const value = this.field(name);
    return value !== null && value.kind == Kind.NUMBER ? value.number : otherwise;
  }

  /** The text under that name; empty where there is none. */
  textOf(name: string): string {
    const value = this.field(name);
    return value !== null ? value.text() : '';
  }

  /** This text; empty where it is none. */
  text(): string {
    return this.kind == Kind.TEXT ? String.UTF8.decodeUnsafe(this.at, this.length) : '';
  }

  /** The name of this field; empty inside a list. */
  key(): string {
    return String.UTF8.decodeUnsafe(this.keyAt, this.keyLength);
  }

  isNull(): bool {
    return this.kind == Kind.NULL;
  }

  isTrue(name: string): bool {
    const value = this.field(name);
    return value !== null && value.kind == Kind.TRUE;
  }
}

/** Whether the bytes are that ASCII text. */
export function sameText(at: usize, length: i32, text: string): bool {
  if (length != text.length) return false;
  for (let i = 0; i < length; i++) if (<i32>load<u8>(at + i) != text.charCodeAt(i)) return false;
  return true;
}

let p: usize = 0;
let end: usize = 0;
let begin: usize = 0;
let fault: string = '';

/** Reads one JSON value; traps when the bytes are none, which the runtime never lets happen. */
export function readJson(at: usize, length: i32): Json {
  const value = tryReadJson(at, length);
  if (value === null) throw new Error(fault);
  return value;
}

/** Reads one JSON value, null when the bytes are none: then {@link jsonFault} says why. */
export function tryReadJson(at: usize, length: i32): Json | null {
  begin = p = at;
  end = at + length;
  fault = '';
  const value = readValue(0);
  space();
  if (p != end) fail('text after the value');
  return fault.length > 0 ? null : value;
}

/** What was wrong with what was read last, and at which byte; empty when nothing was. */
export function jsonFault(): string {
  return fault;
}

/** Keeps the first fault, and lets nothing more be read. */
function fail(what: string): void {
  if (fault.length == 0) fault = 'no JSON: ' + what + ' at byte ' + (p - begin).toString();
  p = end;
}

function space(): void {
  while (p < end) {
    const c = load<u8>(p);
    if (c != 32 && c != 10 && c != 13 && c != 9) break;
    p++;
  }
}

function readValue(depth: i32): Json {
  const json = new Json();
  space();
  if (p >= end) {
    fail('it ends early');
    return json;
  }
  const c = load<u8>(p);
  if (c == 34) {
    json.length = readText();
    json.kind = Kind.TEXT;
    json.at = textAt;
  } else if (c == 123 || c == 91) {
    if (depth >= DEEPEST) fail('nested too deeply');
    else readInside(json, c == 123, depth);
  } else if (c == 116) {
    word('true');
    json.kind = Kind.TRUE;
  } else if (c == 102) {
    word('false');
    json.kind = Kind.FALSE;
  } else if (c == 110) {
    word('null');
  } else {
    json.kind = Kind.NUMBER;
    json.number = readNumber();
  }
  return json;
}

function word(text: string): void {
  if (p + text.length > end || !sameText(p, text.length, text)) fail('an unknown word');
  else p += text.length;
}

function readInside(json: Json, object: bool, depth: i32): void {
  json.kind = object ? Kind.OBJECT : Kind.LIST;
  const close: u8 = object ? 125 : 93;
  p++;
  space();
  if (p < end && load<u8>(p) == close) {
    p++;
    return;
  }
  let last: Json | null = null;
  while (true) {
    let keyAt: usize = 0;
    let keyLength = 0;
    if (object) {
      space();
      if (p >= end || load<u8>(p) != 34) return fail('a field without a name');
      keyLength = readText();
      keyAt = textAt;
      space();
      if (p >= end || load<u8>(p) != 58) return fail('a field without a colon');
      p++;
    }
    const item = readValue(depth + 1);
    item.keyAt = keyAt;
    item.keyLength = keyLength;
    if (last === null) json.first = item;
    else last.next = item;
    last = item;
    json.count++;
    space();
    if (p >= end) return fail('it ends early');
    const c = load<u8>(p);
    if (c != close && c != 44) return fail('a comma is missing');
    p++;
    if (c == close) return;
  }
}

let textAt: usize = 0;

/** Reads a string, leaving its bytes at {@link textAt}; gives their number. */
function readText(): i32 {
  p++;
  textAt = p;
  while (p < end) {
    const c = load<u8>(p);
    if (c == 34) {
      const length = <i32>(p - textAt);
      p++;
      return length;
    }
    if (c == 92 || c < 32) break;
    p++;
  }
  let to = p;
  while (p < end) {
    const c = load<u8>(p);
    if (c < 32) {
      fail('a control character in a string');
      return 0;
    }
    p++;
    if (c == 34) return <i32>(to - textAt);
    if (c == 92) to = unescape(to);
    else store<u8>(to++, c);
  }
  fail('a string without end');
  return 0;
}

/** Reads what stands behind a backslash and writes what it means; gives the place behind that. */
function unescape(to: usize): usize {
  if (p >= end) return to;
  const e = load<u8>(p++);
  if (e == 117) return putCode(to, escapedCode());
  if (e == 34 || e == 92 || e == 47) store<u8>(to, e);
  else if (e == 110) store<u8>(to, 10);
  else if (e == 116) store<u8>(to, 9);
  else if (e == 114) store<u8>(to, 13);
  else if (e == 98) store<u8>(to, 8);
  else if (e == 102) store<u8>(to, 12);
  else fail('an unknown escape');
  return to + 1;
}

function escapedCode(): u32 {
  const code = hex4();
  if (code < 0xd800 || code > 0xdfff) return code;
  if (code < 0xdc00 && p + 6 <= end && load<u8>(p) == 92 && load<u8>(p + 1) == 117) {
    p += 2;
    const low = hex4();
    if (low >= 0xdc00 && low <= 0xdfff) return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  fail('half a surrogate pair');
  return 0;
}

function hex4(): u32 {
  if (p + 4 > end) {
    fail('a cut escape');
    return 0;
  }
  let code: u32 = 0;
  for (let i = 0; i < 4; i++) {
    const c = <u32>load<u8>(p);
    const digit = c - 48 < 10 ? c - 48 : (c | 32) - 97 < 6 ? (c | 32) - 87 : 16;
    if (digit == 16) {
      fail('an escape that is no number');
      return 0;
    }
    p++;
    code = (code << 4) | digit;
  }
  return code;
}

function putCode(to: usize, code: u32): usize {
  if (code < 0x80) {
    store<u8>(to++, <u8>code);
  } else if (code < 0x800) {
    store<u8>(to++, <u8>(0xc0 | (code >> 6)));
    store<u8>(to++, <u8>(0x80 | (code & 63)));
  } else if (code < 0x10000) {
    store<u8>(to++, <u8>(0xe0 | (code >> 12)));
    store<u8>(to++, <u8>(0x80 | ((code >> 6) & 63)));
    store<u8>(to++, <u8>(0x80 | (code & 63)));
  } else {
    store<u8>(to++, <u8>(0xf0 | (code >> 18)));
    store<u8>(to++, <u8>(0x80 | ((code >> 12) & 63)));
    store<u8>(to++, <u8>(0x80 | ((code >> 6) & 63)));
    store<u8>(to++, <u8>(0x80 | (code & 63)));
  }
  return to;
}

function readNumber(): f64 {
  const negative = load<u8>(p) == 45;
  if (negative) p++;
  mantissa = 0;
  exponent = 0;
  more = false;
  const whole = p;
  readDigits(false);
  if (p - whole > 1 && load<u8>(whole) == 48) fail('a number that begins with 0');
  if (p < end && load<u8>(p) == 46) {
    p++;
    readDigits(true);
  }
  if (p < end && (load<u8>(p) | 32) == 101) {
    p++;
    readExponent();
  }
  if (fault.length > 0) return 0;
  const value = decimal(mantissa, exponent, more);
  if (!isFinite(value)) fail('a number out of range');
  return negative ? -value : value;
}

let mantissa: u64 = 0;
let exponent: i32 = 0;
/** Whether digits that are not all 0 did not fit the mantissa. */
let more: bool = false;

/** Further digits do not fit 64 bits. */
const FULL: u64 = 1_000_000_000_000_000_000;

function readDigits(behindPoint: bool): void {
  const from = p;
  while (p < end) {
    const digit = <u32>load<u8>(p) - 48;
    if (digit > 9) break;
    if (mantissa < FULL) {
      mantissa = mantissa * 10 + digit;
      if (behindPoint) exponent--;
    } else {
      if (digit != 0) more = true;
      if (!behindPoint) exponent++;
    }
    p++;
  }
  if (p == from) fail('an unknown sign');
}

function readExponent(): void {
  const negative = p < end && load<u8>(p) == 45;
  if (negative || (p < end && load<u8>(p) == 43)) p++;
  const from = p;
  let value = 0;
  while (p < end) {
    const digit = <u32>load<u8>(p) - 48;
    if (digit > 9) break;
    // Beyond any range; more would not fit.
    if (value < 100_000_000) value = value * 10 + digit;
    p++;
  }
  if (p == from) fail('an unknown sign');
  exponent += negative ? -value : value;
}
