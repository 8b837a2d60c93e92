/**
 * Writes JSON into memory that the runtime gives back by `ov_free`. Commas are its own business; which value stands where
 * is the caller's. In a list, keys are empty.
 */
import { Json, Kind } from './json';

export class JsonWriter {
  private at: usize;
  private room: i32;
  private length: i32 = 0;
  private comma: bool = false;
  /** What is open, innermost in the lowest bit: 1 an object, 0 a list or nothing. */
  private objects: u64 = 0;

  constructor(room: i32 = 512) {
    this.at = heap.alloc(room);
    this.room = room;
  }

  /** The result of a handler: address and length. */
  result(): i64 {
    return ((<i64>this.at) << 32) | (<i64>this.length);
  }

  address(): usize {
    return this.at;
  }

  size(): i32 {
    return this.length;
  }

  /** For a text that was a request: nobody else gives it back. */
  free(): void {
    heap.free(this.at);
  }

  open(key: string = ''): JsonWriter {
    this.before(key);
    this.byte(123);
    this.objects = (this.objects << 1) | 1;
    this.comma = false;
    return this;
  }

  close(): JsonWriter {
    this.byte(125);
    this.objects >>= 1;
    this.comma = true;
    return this;
  }

  openList(key: string = ''): JsonWriter {
    this.before(key);
    this.byte(91);
    this.objects <<= 1;
    this.comma = false;
    return this;
  }

  closeList(): JsonWriter {
    this.byte(93);
    this.objects >>= 1;
    this.comma = true;
    return this;
  }

  text(key: string, value: string): JsonWriter {
    this.before(key);
    const bytes = String.UTF8.encode(value);
    this.quoted(changetype<usize>(bytes), bytes.byteLength);
    return this;
  }

  /** A text from UTF-8; bytes that are none become U+FFFD. */
  bytes(key: string, at: usize, length: i32): JsonWriter {
    this.before(key);
    this.quoted(at, length);
    return this;
  }

  int(key: string, value: i32): JsonWriter {
    this.before(key);
    this.ascii(value.toString());
    return this;
  }

  /** Rounded to six digits behind the point; null where it is no number. */
  number(key: string, value: f64): JsonWriter {
    this.before(key);
    if (!isFinite(value)) this.ascii('null');
    else {
      const rounded = Math.round(value * 1e6) / 1e6;
      this.figures(isFinite(rounded) ? rounded : value);
    }
    return this;
  }

  bool(key: string, value: bool): JsonWriter {
    this.before(key);
    this.ascii(value ? 'true' : 'false');
    return this;
  }

  nothing(key: string = ''): JsonWriter {
    this.before(key);
    this.ascii('null');
    return this;
  }

  /** What another writer wrote, which is given back by this. */
  json(key: string, value: JsonWriter): JsonWriter {
    this.before(key);
    this.ensure(value.size());
    memory.copy(this.at + this.length, value.address(), value.size());
    this.length += value.size();
    value.free();
    return this;
  }

  /** What was read elsewhere; null stands for JSON's null. */
  copy(key: string, value: Json | null): JsonWriter {
    if (value === null || value.kind == Kind.NULL) return this.nothing(key);
    if (value.kind == Kind.TEXT) return this.bytes(key, value.at, value.length);
    if (value.kind == Kind.TRUE || value.kind == Kind.FALSE) return this.bool(key, value.kind == Kind.TRUE);
    if (value.kind == Kind.NUMBER) {
      this.before(key);
      this.figures(value.number);
      return this;
    }
    const object = value.kind == Kind.OBJECT;
    if (object) this.open(key);
    else this.openList(key);
    let item = value.first;
    while (item !== null) {
      this.copy(object ? item.key() : '', item);
      item = item.next;
    }
    return object ? this.close() : this.closeList();
  }

  private figures(value: f64): void {
    if (value == Math.floor(value) && Math.abs(value) < 9007199254740992) this.ascii((<i64>value).toString());
    else this.ascii(value.toString());
  }

  private before(key: string): void {
    if (this.comma) this.byte(44);
    this.comma = true;
    if ((this.objects & 1) == 0) return;
    const bytes = String.UTF8.encode(key);
    this.quoted(changetype<usize>(bytes), bytes.byteLength);
    this.byte(58);
  }

  private ascii(text: string): void {
    this.ensure(text.length);
    for (let i = 0; i < text.length; i++) store<u8>(this.at + this.length++, <u8>text.charCodeAt(i));
  }

  private byte(value: u8): void {
    this.ensure(1);
    store<u8>(this.at + this.length++, value);
  }

  private ensure(more: i32): void {
    if (this.length + more <= this.room) return;
    const room = max(this.room * 2, this.length + more);
    const at = heap.alloc(room);
    memory.copy(at, this.at, this.length);
    heap.free(this.at);
    this.at = at;
    this.room = room;
  }

  private quoted(at: usize, length: i32): void {
    this.ensure(length * 6 + 2);
    let to = this.at + this.length;
    store<u8>(to++, 34);
    for (let i = 0; i < length; i++) {
      const c = load<u8>(at + i);
      if (c == 34 || c == 92) {
        store<u8>(to++, 92);
        store<u8>(to++, c);
      } else if (c < 32) {
        store<u32>(to, 0x3030755c);
        store<u8>(to + 4, c < 16 ? 48 : 49);
        store<u8>(to + 5, (c & 15) < 10 ? 48 + (c & 15) : 87 + (c & 15));
        to += 6;
      } else if (c < 128) store<u8>(to++, c);
      else {
        const size = sequence(at + i, length - i);
        if (size == 0) {
          store<u8>(to++, 0xef);
          store<u8>(to++, 0xbf);
          store<u8>(to++, 0xbd);
        } else {
          memory.copy(to, at + i, size);
          to += size;
          i += size - 1;
        }
      }
    }
    store<u8>(to++, 34);
    this.length = <i32>(to - this.at);
  }
}

/** Bytes of the UTF-8 sequence that begins here, 0 where none does; half a surrogate pair is none. */
function sequence(at: usize, left: i32): i32 {
  const c = load<u8>(at);
  const size = c > 0xf4 ? 0 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 0;
  if (size == 0 || size > left) return 0;
  const second = load<u8>(at + 1);
  if (c == 0xe0 && second < 0xa0) return 0;
  if (c == 0xed && second >= 0xa0) return 0;
  if (c == 0xf0 && second < 0x90) return 0;
  if (c == 0xf4 && second >= 0x90) return 0;
  for (let i = 1; i < size; i++) if ((load<u8>(at + i) & 0xc0) != 0x80) return 0;
  return size;
}
