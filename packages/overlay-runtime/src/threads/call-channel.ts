/**
 * The main thread's end of the shared area: sends calls, reads results and requests, replies.
 * @module
 */
import { TEXT_BYTES } from './guest-bounds.js';
import { HOST_FUNCTIONS } from './guest-setup.js';
import type { HostFunction } from './runner-port.js';
import {
  BurstPlace,
  CALL,
  RESULT,
  SLOTS,
  WAITING,
  WITHDRAWN,
  BEGUN,
  WORD,
  callSlot,
  clockNow,
  resultSlot,
  type SharedArea,
} from './shared-area.js';

const LOOKS_BETWEEN_CLOCKS = 64;

export interface ReadResult {
  readonly status: number;
  readonly output: string;
  readonly notes: string;
  readonly fuel: number;
  readonly hostCalls: number;
  readonly ordinal: number;
}

export interface HostRequest {
  readonly number: number;
  readonly name: HostFunction;
  readonly text: string;
  readonly during: 'initialize' | 'call';
}

export class CallChannel {
  readonly #area: SharedArea;
  readonly #words: Int32Array;
  readonly #calls: BurstPlace;
  #sent = 0;
  #received = 0;
  #requests = 0;
  #events = 0;

  constructor(area: SharedArea) {
    this.#area = area;
    this.#words = area.words;
    this.#calls = new BurstPlace(area.callTexts);
  }

  /** Writes a call where there is room, and returns its count, or null; `ring` makes the calls written known. */
  write(handler: number, input: string, inputBytes: number): number | null {
    const underWay = (this.#sent - this.#received) | 0;
    if (underWay >= SLOTS) return null;
    const at = this.#calls.reserve(inputBytes, underWay === 0);
    if (at < 0) return null;
    this.#area.callTexts.write(input, at, inputBytes);
    this.#calls.take(at, inputBytes);
    const { calls } = this.#area;
    const slot = callSlot(this.#sent);
    calls[slot + CALL.offset] = at;
    calls[slot + CALL.length] = inputBytes;
    calls[slot + CALL.handler] = handler;
    Atomics.store(calls, slot + CALL.state, WAITING);
    const count = this.#sent;
    this.#sent = (count + 1) | 0;
    return count;
  }

  ring(): void {
    Atomics.store(this.#words, WORD.sent, this.#sent);
    this.#wake(WORD.sent);
  }

  /** Takes a call back that was not begun; false when it was. Its result comes all the same and says that it did not run. */
  withdraw(count: number): boolean {
    const state = callSlot(count) + CALL.state;
    return Atomics.compareExchange(this.#area.calls, state, WAITING, WITHDRAWN) === WAITING;
  }

  wasBegun(count: number): boolean {
    return Atomics.load(this.#area.calls, callSlot(count) + CALL.state) === BEGUN;
  }

  /** Looks for something new from the guest for so many milliseconds. */
  look(ms: number): boolean {
    const words = this.#words;
    if (Atomics.load(words, WORD.events) !== this.#events) return true;
    if (ms <= 0) return false;
    const until = performance.now() + ms;
    do {
      for (let look = 0; look < LOOKS_BETWEEN_CLOCKS; look++)
        if (Atomics.load(words, WORD.events) !== this.#events) return true;
    } while (performance.now() < until);
    return false;
  }

  /** To be called before reading, so that what comes meanwhile counts as new. */
  noteEvents(): void {
    this.#events = Atomics.load(this.#words, WORD.events);
  }

  /** The next result, null when there is none yet. */
  readResult(): ReadResult | null {
    if (Atomics.load(this.#words, WORD.produced) === this.#received) return null;
    const { results, resultTexts } = this.#area;
    const slot = resultSlot(this.#received);
    const offset = results[slot + RESULT.offset] ?? 0;
    const end = offset + (results[slot + RESULT.length] ?? 0);
    const notes = results[slot + RESULT.notes] ?? 0;
    this.#received = (this.#received + 1) | 0;
    return {
      status: results[slot + RESULT.status] ?? 0,
      output: resultTexts.toString('utf8', offset, end),
      notes: notes === 0 ? '' : resultTexts.toString('utf8', end, end + notes),
      fuel: results[slot + RESULT.fuel] ?? 0,
      hostCalls: results[slot + RESULT.hostCalls] ?? 0,
      ordinal: (results[slot + RESULT.ordinal] ?? 0) >>> 0,
    };
  }

  /** Lets the guest use the place of the results that were read. */
  releaseResults(): void {
    if (this.#words[WORD.consumed] === this.#received) return;
    Atomics.store(this.#words, WORD.consumed, this.#received);
    this.#wake(WORD.consumed);
  }

  /** The request that the guest waits on, null when there is none that was not read. */
  readRequest(): HostRequest | null {
    const words = this.#words;
    const number = Atomics.load(words, WORD.requests);
    if (number === this.#requests) return null;
    this.#requests = number;
    const name = HOST_FUNCTIONS[words[WORD.requestFunction] ?? -1];
    if (name === undefined) throw new Error('a guest thread asked for a host function that there is not');
    const text = this.#area.request.toString('utf8', 0, words[WORD.requestLength] ?? 0);
    return { number, name, text, during: words[WORD.requestInitializes] === 1 ? 'initialize' : 'call' };
  }

  reply(number: number, text: string): void {
    const bytes = Buffer.byteLength(text);
    const fits = bytes <= TEXT_BYTES;
    const said = fits
      ? text
      : `{"error":{"code":"LIMIT","message":"The reply has ${bytes} bytes; at most ${TEXT_BYTES} are passed on."}}`;
    this.#replied(number, this.#area.reply.write(said));
  }

  /** Ends the call that waits for a reply. */
  giveUp(number: number): void {
    this.#replied(number, -1);
  }

  /** Milliseconds that the guest has been running what it runs; null while it runs nothing. */
  runningFor(): number | null {
    const since = Atomics.load(this.#words, WORD.runningSince);
    return since === 0 ? null : (clockNow() - since) | 0;
  }

  /** Whether the guest is to say when there is something new. */
  sleep(sleeps: boolean): void {
    Atomics.store(this.#words, WORD.mainSleeps, sleeps ? 1 : 0);
  }

  /** Resolves when the guest says that there is something new; null when there is already. */
  woken(): Promise<unknown> | null {
    const waiting = Atomics.waitAsync(this.#words, WORD.events, this.#events);
    return waiting.async ? waiting.value : null;
  }

  /** Wakes this end's own waiting, which nobody else would once the thread is gone. */
  wakeSelf(): void {
    Atomics.notify(this.#words, WORD.events);
  }

  #replied(number: number, length: number): void {
    this.#words[WORD.replyLength] = length;
    Atomics.store(this.#words, WORD.replied, number);
    this.#wake(WORD.replied);
  }

  #wake(word: number): void {
    if (Atomics.load(this.#words, WORD.guestSleeps) === 1) Atomics.notify(this.#words, word);
  }
}
