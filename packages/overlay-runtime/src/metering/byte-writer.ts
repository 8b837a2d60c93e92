/** Grows as it is written to. Numbers are in LEB128, as short as they can be. */
export class ByteWriter {
  #bytes: Uint8Array;
  length = 0;

  constructor(capacity = 1_024) {
    this.#bytes = new Uint8Array(capacity);
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  byte(...values: readonly number[]): this {
    this.#reserve(values.length);
    for (const value of values) {
      this.#bytes[this.length] = value;
      this.length += 1;
    }
    return this;
  }

  copy(source: Uint8Array, start = 0, end = source.length): this {
    this.#reserve(end - start);
    this.#bytes.set(source.subarray(start, end), this.length);
    this.length += end - start;
    return this;
  }

  u32(value: number): this {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 128);
    }
    return this.byte(rest);
  }

  /** Of a safe integer. */
  signed(value: number): this {
    let rest = value;
    for (;;) {
      const low = ((rest % 128) + 128) % 128;
      rest = Math.floor(rest / 128);
      if ((rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40)) return this.byte(low);
      this.byte(low | 0x80);
    }
  }

  name(text: string): this {
    return this.sized(new TextEncoder().encode(text));
  }

  /** The bytes with their count before them. */
  sized(bytes: Uint8Array): this {
    return this.u32(bytes.length).copy(bytes);
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + more));
    grown.set(this.#bytes.subarray(0, this.length));
    this.#bytes = grown;
  }
}
