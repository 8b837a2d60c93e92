import { ModuleRefused } from './module-refused.js';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const REBUILD = 'Build the module again; the file is damaged or was not written by a WebAssembly compiler.';

/** Reads the binary format's numbers and names from a range of bytes. Every fault is refused with its offset. */
export class ByteReader {
  constructor(
    readonly bytes: Uint8Array,
    /** Offset of the next byte. */
    public at: number,
    readonly end: number,
  ) {}

  get done(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    const value = this.at < this.end ? this.bytes[this.at] : undefined;
    if (value === undefined) throw malformed(this.at, 'The bytes end in the middle of something.');
    this.at += 1;
    return value;
  }

  /** An unsigned 32-bit number in LEB128, in at most five bytes, padded or not. */
  u32(): number {
    const start = this.at;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    const last = this.byte();
    if (last > 0x0f) throw tooLong(start);
    return (value | (last << 28)) >>> 0;
  }

  /** Passes over a signed number of `bits` bits in LEB128, checked like the specification does. */
  skipSigned(bits: 32 | 64): void {
    const start = this.at;
    const most = bits === 32 ? 5 : 10;
    for (let count = 1; count < most; count += 1) if (this.byte() < 0x80) return;
    const last = this.byte();
    // What the last byte has beyond the number must repeat its sign.
    const used = bits - 7 * (most - 1);
    const sign = (last >> (used - 1)) & 1;
    const beyond = (0x7f >> (used - 1)) << (used - 1);
    if (last >= 0x80 || (last & beyond) !== (sign === 1 ? beyond & 0x7f : 0)) throw tooLong(start);
  }

  /** A signed 33-bit number in LEB128: the index of a block's type, or a negative number for a type in short. */
  s33(): number {
    const start = this.at;
    let value = 0;
    for (let count = 0; count < 5; count += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * count);
      if (byte < 0x80) {
        const negative = (byte & 0x40) !== 0;
        if (count === 4 && (byte & 0x70) !== (negative ? 0x70 : 0)) throw tooLong(start);
        return negative ? value - 2 ** (7 * (count + 1)) : value;
      }
    }
    throw tooLong(start);
  }

  skip(count: number): void {
    if (count > this.end - this.at) throw malformed(this.at, `${count} bytes are announced; fewer are left.`);
    this.at += count;
  }

  /** A reader of the next `count` bytes, which are passed over. */
  part(count: number): ByteReader {
    const start = this.at;
    this.skip(count);
    return new ByteReader(this.bytes, start, start + count);
  }

  name(): { readonly text: string; readonly bytes: number } {
    const start = this.at;
    const count = this.u32();
    const from = this.at;
    this.skip(count);
    try {
      return { text: UTF8.decode(this.bytes.subarray(from, from + count)), bytes: count };
    } catch {
      throw malformed(start, 'A name is not UTF-8.');
    }
  }
}

export const malformed = (offset: number, message: string) => new ModuleRefused('malformed', offset, message, REBUILD);

const tooLong = (offset: number) => malformed(offset, 'A number is longer than its type.');
