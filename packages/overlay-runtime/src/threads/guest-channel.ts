/**
 * The guest's end of the shared area: takes calls, gives results, asks the host and sleeps meanwhile.
 * @module
 */
import {
  BEGUN,
  BurstPlace,
  CALL,
  NOT_RUN,
  RESULT,
  WAITING,
  WORD,
  callSlot,
  clockNow,
  resultSlot,
  type SharedArea,
} from './shared-area.js';

/** How long to look before sleeping: about what it takes to be put to sleep and woken. */
const LOOK_MS = 0.03;
const LOOKS_BETWEEN_CLOCKS = 64;

/** A call that was taken; its text lies in the shared area until its result is given. */
export interface TakenCall {
  readonly handler: number;
  readonly offset: number;
  readonly length: number;
}

export interface GivenResult {
  readonly status: number;
  readonly fuel: number;
  readonly hostCalls: number;
  readonly ordinal: number;
  /** What follows the output; empty for none. */
  readonly notes: string;
}

export class GuestChannel {
  readonly #area: SharedArea;
  readonly #words: Int32Array;
  readonly #results: BurstPlace;
  #produced = 0;
  #requests = 0;

  constructor(area: SharedArea) {
    this.#area = area;
    this.#words = area.words;
    this.#results = new BurstPlace(area.resultTexts);
  }

  /** Sleeps until there is a call. A call that was withdrawn meanwhile is passed over. */
  takeCall(): TakenCall {
    const { calls } = this.#area;
    for (;;) {
      this.#awaitChange(WORD.sent, this.#produced);
      const slot = callSlot(this.#produced);
      if (Atomics.compareExchange(calls, slot + CALL.state, WAITING, BEGUN) === WAITING)
        return {
          handler: calls[slot + CALL.handler] ?? 0,
          offset: calls[slot + CALL.offset] ?? 0,
          length: calls[slot + CALL.length] ?? 0,
        };
      this.#give(0, 0, { status: NOT_RUN, fuel: 0, hostCalls: 0, ordinal: 0, notes: '' });
    }
  }

  /** From here on the main thread counts the time. */
  begin(): void {
    Atomics.store(this.#words, WORD.runningSince, clockNow());
  }

  /** Makes room for an output, sleeping while the main thread reads earlier ones, and copies it there. */
  placeOutput(from: Uint8Array, start: number, length: number): number {
    const at = this.#reserve(length);
    const { resultTexts } = this.#area;
    if (length > 0) resultTexts.set(from.subarray(start, start + length), at);
    return at;
  }

  /** Makes the result of the call that was taken known. Its output was placed `at`. */
  give(at: number, length: number, result: GivenResult): void {
    Atomics.store(this.#words, WORD.runningSince, 0);
    this.#give(at, length, result);
  }

  /** Copies a request out, sleeps until it was replied to, and returns the reply's bytes, or -1 when the call is given up. */
  ask(fn: number, request: Uint8Array, initializes: boolean): number {
    const words = this.#words;
    this.#area.request.set(request);
    words[WORD.requestFunction] = fn;
    words[WORD.requestLength] = request.length;
    words[WORD.requestInitializes] = initializes ? 1 : 0;
    const number = (this.#requests + 1) | 0;
    this.#requests = number;
    Atomics.store(words, WORD.requests, number);
    this.#announce();
    // A reply to an earlier one that was given up may still come.
    for (;;) {
      const replied = Atomics.load(words, WORD.replied);
      if (replied === number) return words[WORD.replyLength] ?? -1;
      this.#awaitChange(WORD.replied, replied);
    }
  }

  get reply(): Buffer {
    return this.#area.reply;
  }

  get inputs(): Buffer {
    return this.#area.callTexts;
  }

  #give(at: number, length: number, result: GivenResult): void {
    const { results, resultTexts } = this.#area;
    const slot = resultSlot(this.#produced);
    const notes = result.notes === '' ? 0 : resultTexts.write(result.notes, at + length);
    results[slot + RESULT.offset] = at;
    results[slot + RESULT.length] = length;
    results[slot + RESULT.notes] = notes;
    results[slot + RESULT.status] = result.status;
    results[slot + RESULT.fuel] = result.fuel;
    results[slot + RESULT.hostCalls] = result.hostCalls;
    results[slot + RESULT.ordinal] = result.ordinal;
    if (length + notes > 0) this.#results.take(at, length + notes);
    this.#produced = (this.#produced + 1) | 0;
    Atomics.store(this.#words, WORD.produced, this.#produced);
    this.#announce();
  }

  #reserve(length: number): number {
    for (;;) {
      const consumed = Atomics.load(this.#words, WORD.consumed);
      const at = this.#results.reserve(length, consumed === this.#produced);
      if (at >= 0) return at;
      this.#awaitChange(WORD.consumed, consumed);
    }
  }

  #announce(): void {
    const words = this.#words;
    Atomics.add(words, WORD.events, 1);
    if (Atomics.load(words, WORD.mainSleeps) === 1 && Atomics.exchange(words, WORD.mainSleeps, 0) === 1)
      Atomics.notify(words, WORD.events);
  }

  #awaitChange(word: number, from: number): void {
    const words = this.#words;
    if (Atomics.load(words, word) !== from) return;
    const until = performance.now() + LOOK_MS;
    do {
      for (let look = 0; look < LOOKS_BETWEEN_CLOCKS; look++) if (Atomics.load(words, word) !== from) return;
    } while (performance.now() < until);
    Atomics.store(words, WORD.guestSleeps, 1);
    while (Atomics.load(words, word) === from) Atomics.wait(words, word, from);
    Atomics.store(words, WORD.guestSleeps, 0);
  }
}
