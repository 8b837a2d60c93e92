/**
 * Whether bytes in a guest's memory are JSON, told without making anything of them: parsing would take ten times as long
 * and let a guest fill the heap of its thread.
 * @module
 */

/** Deeper nesting would exhaust the stack of whoever walks through the value. */
export const NESTING = 1_000;

const ARRAY = 0;
const OBJECT = 1;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const ESCAPED = new Set(Buffer.from('"\\/bfnrt'));
const LITERALS = ['true', 'false', 'null'].map((word) => Buffer.from(word));

/**
 * Where the bytes stop being JSON, -1 when they all are. They must be UTF-8.
 * @param start where the text begins
 * @param end behind its last byte
 */
export function jsonFault(bytes: Uint8Array, start: number, end: number): number {
  return new JsonScan(bytes, start, end).fault();
}

const open = new Uint8Array(NESTING);

class JsonScan {
  #depth = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
    private readonly end: number,
  ) {}

  fault(): number {
    do {
      if (!this.#value()) return this.at;
    } while (this.#depth > 0);
    this.#space();
    return this.at === this.end ? -1 : this.at;
  }

  /** Reads up to the end of a value and of all that end with it, or into one that has just begun. */
  #value(): boolean {
    this.#space();
    const first = this.#here();
    if (first === OPEN_OBJECT) return this.#enter(OBJECT, CLOSE_OBJECT);
    if (first === OPEN_ARRAY) return this.#enter(ARRAY, CLOSE_ARRAY);
    const read =
      first === QUOTE ? this.#string() : isNumeral(first) || first === MINUS ? this.#number() : this.#literal();
    return read && this.#afterValue();
  }

  #enter(kind: number, close: number): boolean {
    if (this.#depth === NESTING) return false;
    open[this.#depth++] = kind;
    this.at++;
    this.#space();
    if (this.#here() !== close) return kind === ARRAY || this.#key();
    this.at++;
    this.#depth--;
    return this.#afterValue();
  }

  #afterValue(): boolean {
    while (this.#depth > 0) {
      this.#space();
      const kind = open[this.#depth - 1];
      const next = this.#here();
      if (next === COMMA) {
        this.at++;
        return kind === ARRAY || this.#key();
      }
      if (next !== (kind === ARRAY ? CLOSE_ARRAY : CLOSE_OBJECT)) return false;
      this.at++;
      this.#depth--;
    }
    return true;
  }

  #key(): boolean {
    this.#space();
    if (this.#here() !== QUOTE || !this.#string()) return false;
    this.#space();
    if (this.#here() !== COLON) return false;
    this.at++;
    return true;
  }

  #string(): boolean {
    const { bytes, end } = this;
    let at = this.at + 1;
    for (; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) {
        this.at = at + 1;
        return true;
      }
      if (byte < 0x20) break;
      if (byte !== BACKSLASH) continue;
      const escaped = at + 1 < end ? (bytes[at + 1] ?? 0) : 0;
      if (escaped === 0x75 && at + 5 < end && [2, 3, 4, 5].every((i) => isHex(bytes[at + i] ?? 0))) at += 5;
      else if (ESCAPED.has(escaped)) at++;
      else break;
    }
    this.at = at;
    return false;
  }

  #number(): boolean {
    if (this.#here() === MINUS) this.at++;
    if (this.#here() === ZERO) this.at++;
    else if (!this.#numerals()) return false;
    if (this.#here() === POINT) {
      this.at++;
      if (!this.#numerals()) return false;
    }
    if ((this.#here() | 0x20) !== 0x65) return true;
    this.at++;
    if (this.#here() === MINUS || this.#here() === 0x2b) this.at++;
    return this.#numerals();
  }

  #numerals(): boolean {
    const from = this.at;
    while (isNumeral(this.#here())) this.at++;
    return this.at > from;
  }

  #literal(): boolean {
    const word = LITERALS.find(([first]) => first === this.#here());
    if (word === undefined || this.at + word.length > this.end) return false;
    for (const byte of word) {
      if (this.#here() !== byte) return false;
      this.at++;
    }
    return true;
  }

  #space(): void {
    for (let byte = this.#here(); byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = this.#here())
      this.at++;
  }

  /** The byte at which the scan is, 0 at the end: no JSON has it. */
  #here(): number {
    return this.at < this.end ? (this.bytes[this.at] ?? 0) : 0;
  }
}

const isNumeral = (byte: number): boolean => byte >= ZERO && byte <= 0x39;

const isHex = (byte: number): boolean => isNumeral(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
