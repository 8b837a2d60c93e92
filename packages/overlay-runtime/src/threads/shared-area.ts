/**
 * The memory that a guest's thread and the main thread share: a header of 32-bit words, the slots of calls and results,
 * and four places for texts. Calls and results are appended until their reader has caught up, then begin anew at the
 * start, so that only bursts and long texts touch more than the first pages.
 * @module
 */
import { TEXT_BYTES } from './guest-bounds.js';

/** Words of the header. Each is written by one side alone, but for the two flags of sleep. */
export const WORD = {
  /** Calls sent so far. */
  sent: 0,
  /** Results given so far. */
  produced: 1,
  /** Results read so far. */
  consumed: 2,
  /** Rises with every result and request: what the main thread waits for. */
  events: 3,
  /** 1 while the guest's thread sleeps, or is about to. */
  guestSleeps: 4,
  /** 1 while the main thread waits to be woken. */
  mainSleeps: 5,
  /** Host calls made so far; of the last one its function, bytes, and whether `initialize` made it. */
  requests: 6,
  requestFunction: 7,
  requestLength: 8,
  requestInitializes: 9,
  /** The host call that was last replied to; bytes of the reply, or -1 for a call that is given up. */
  replied: 10,
  replyLength: 11,
  /** Milliseconds of the clock when what runs now began; 0 while nothing runs. */
  runningSince: 12,
} as const;

const HEADER_BYTES = 64;

/** Calls that can be under way in a thread at once: a power of two, so that counts may wrap. */
export const SLOTS = 64;

/** Words of the slot of a call. */
export const CALL = { offset: 0, length: 1, handler: 2, state: 3 } as const;
const CALL_WORDS = 4;
/** States of a call: only a waiting one can be begun or withdrawn, and by one side. */
export const WAITING = 0;
export const BEGUN = 1;
export const WITHDRAWN = 2;

/** Words of the slot of a result. `notes` is the length of what follows the output, JSON or empty. */
export const RESULT = { offset: 0, length: 1, notes: 2, status: 3, fuel: 4, hostCalls: 5, ordinal: 6 } as const;
const RESULT_WORDS = 8;
export const DONE = 0;
export const FAULTED = 1;
export const NOT_RUN = 2;

/** Bytes of calls or results that wait at once; a single one may be larger, alone. */
const BURST_BYTES = 262_144;
/** Notes follow an output without being asked for: there is always so much behind it. */
const NOTES_BYTES = 131_072;
const CALLS_BYTES = BURST_BYTES + TEXT_BYTES;
const RESULTS_BYTES = BURST_BYTES + TEXT_BYTES + NOTES_BYTES;

const CALL_SLOTS_AT = HEADER_BYTES;
const RESULT_SLOTS_AT = CALL_SLOTS_AT + SLOTS * CALL_WORDS * 4;
const REQUEST_AT = RESULT_SLOTS_AT + SLOTS * RESULT_WORDS * 4;
const REPLY_AT = REQUEST_AT + TEXT_BYTES;
const CALLS_AT = REPLY_AT + TEXT_BYTES;
const RESULTS_AT = CALLS_AT + CALLS_BYTES;
const AREA_BYTES = RESULTS_AT + RESULTS_BYTES;

export interface SharedArea {
  readonly words: Int32Array;
  /** `CALL_WORDS` for each slot; `callSlot` finds them. */
  readonly calls: Int32Array;
  readonly results: Int32Array;
  readonly request: Buffer;
  readonly reply: Buffer;
  readonly callTexts: Buffer;
  readonly resultTexts: Buffer;
}

/** The pages of it that nobody wrote to take no memory. */
export function makeArea(): SharedArrayBuffer {
  return new SharedArrayBuffer(AREA_BYTES);
}

export function viewArea(area: SharedArrayBuffer): SharedArea {
  return {
    words: new Int32Array(area, 0, HEADER_BYTES / 4),
    calls: new Int32Array(area, CALL_SLOTS_AT, SLOTS * CALL_WORDS),
    results: new Int32Array(area, RESULT_SLOTS_AT, SLOTS * RESULT_WORDS),
    request: Buffer.from(area, REQUEST_AT, TEXT_BYTES),
    reply: Buffer.from(area, REPLY_AT, TEXT_BYTES),
    callTexts: Buffer.from(area, CALLS_AT, CALLS_BYTES),
    resultTexts: Buffer.from(area, RESULTS_AT, RESULTS_BYTES),
  };
}

export const callSlot = (count: number): number => (count & (SLOTS - 1)) * CALL_WORDS;
export const resultSlot = (count: number): number => (count & (SLOTS - 1)) * RESULT_WORDS;

/** A place where texts are appended until all of them were read. */
export class BurstPlace {
  #end = 0;

  constructor(private readonly texts: Buffer) {}

  /**
   * Where `length` bytes can be written, or -1 until those written before were read.
   * @param empty whether all of them were
   */
  reserve(length: number, empty: boolean): number {
    if (empty) this.#end = 0;
    const start = this.#end;
    if (start > 0 && start + length > BURST_BYTES) return -1;
    if (start + length > this.texts.length) return -1;
    return start;
  }

  /** What was written into the place reserved last. */
  take(start: number, length: number): void {
    this.#end = start + length;
  }
}

/** A clock that both threads read alike, in milliseconds, wrapped into 32 bits; never 0. */
export function clockNow(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return (seconds * 1_000 + Math.floor(nanoseconds / 1e6)) | 0 || 1;
}
