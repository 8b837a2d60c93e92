/**
 * One worker thread with one guest: drives its channel, watches its deadline, and ends it.
 *
 * A call of a few microseconds is looked for before waiting to be woken, which would take longer than the call. Whoever
 * is slower than that is looked for less and less often.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { CallChannel, type HostRequest, type ReadResult } from './call-channel.js';
import { OverlayFault, type FaultCode, type FaultFacts } from './guest-fault.js';
import type { GuestSetup } from './guest-setup.js';
import type { PendingCall } from './pending-call.js';
import type { Initialized, LogLine } from './runner-port.js';
import { FAULTED, NOT_RUN, makeArea, viewArea } from './shared-area.js';

const LOOK_MS = 0.05;
/** After so many turns without a pause the event loop gets one. */
const TURNS_WITHOUT_PAUSE = 64;
const MOST_MISSES = 6;
/** Far more than a thread takes to begin; it grows only as far as a guest's results need. */
const HEAP_MB = { young: 4, old: 64, code: 8, stack: 4 };

export interface ThreadOwner {
  /** The next call to be sent; null when none waits. It stays the next until `sent`. */
  next(): PendingCall | null;
  sent(): void;
  /** Every call was settled. */
  rested(): void;
  /** The thread is over; these calls were not begun. */
  lost(notBegun: readonly PendingCall[]): void;
}

export class GuestThread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #channel: CallChannel;
  readonly #underWay: PendingCall[] = [];
  #owner: ThreadOwner | null = null;
  #deadlineMs = 0;
  #watch: NodeJS.Timeout | null = null;
  #instance: { readonly id: string; next: number } | null = null;
  /** The request that the host works on. */
  #asked: HostRequest | null = null;
  #over: Promise<unknown> | null = null;
  #began = false;
  #turnIsDue = false;
  #turns = 0;
  #waits = false;
  #misses = 0;
  #unlooked = 0;

  constructor() {
    const area = makeArea();
    this.#channel = new CallChannel(viewArea(area));
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#port.unref();
    this.#worker = new Worker(new URL('./guest-worker.js', import.meta.url), {
      workerData: { area, port: port2 },
      transferList: [port2],
      env: {},
      argv: [],
      execArgv: [],
      resourceLimits: {
        maxYoungGenerationSizeMb: HEAP_MB.young,
        maxOldGenerationSizeMb: HEAP_MB.old,
        codeRangeSizeMb: HEAP_MB.code,
        stackSizeMb: HEAP_MB.stack,
      },
    });
    this.#worker.unref();
    this.#worker.on('error', (error) => this.#crashed(error.message));
    this.#worker.on('exit', () => this.#crashed('it ended'));
  }

  /** Ended, or about to be. */
  get over(): boolean {
    return this.#over !== null;
  }

  get idle(): boolean {
    return this.#underWay.length === 0;
  }

  /** The thread of this guest from now on. */
  adopt(owner: ThreadOwner, setup: GuestSetup, deadlineMs: number): void {
    this.#owner = owner;
    this.#deadlineMs = deadlineMs;
    this.#port.postMessage(setup);
  }

  /** There are calls to be sent. Those made in one turn of the caller leave together. */
  wake(): void {
    if (this.#turnIsDue || this.#over !== null) return;
    this.#turnIsDue = true;
    if (++this.#turns < TURNS_WITHOUT_PAUSE) return queueMicrotask(this.#turn);
    this.#turns = 0;
    setImmediate(this.#turn);
  }

  /** Ends a call that was sent, by the gentlest means that work. */
  end(call: PendingCall, code: FaultCode, message: string): void {
    if (this.#over !== null || call.settled || call.sent === null) return;
    if (this.#channel.withdraw(call.sent)) return call.fault(code, message);
    this.#receive();
    if (call.settled || this.#underWay[0] !== call) return;
    call.fault(code, message, this.#factsOf(call));
    if (this.#asked === null) return this.#kill();
    this.#channel.giveUp(this.#asked.number);
    this.#asked = null;
    this.wake();
  }

  /** Ends the thread and the calls under way in it, if there are any. Resolves when it is gone. */
  async stop(code: FaultCode, message: string): Promise<void> {
    const [running, ...others] = this.#underWay;
    running?.fault(code, message, this.#factsOf(running));
    for (const call of others) call.fault(code, message);
    this.#underWay.length = 0;
    this.#kill();
    await this.#over;
  }

  readonly #turn = (): void => {
    this.#turnIsDue = false;
    if (this.#over !== null) return;
    this.#send();
    const waitsForGuest = !this.idle && this.#asked === null;
    if (waitsForGuest) {
      if (this.#waits) this.#channel.sleep(false);
      this.#look();
    }
    const news = this.#receive();
    if (this.idle) {
      // What did not fit before does now.
      if (this.#owner !== null && this.#owner.next() !== null) this.wake();
      else this.#owner?.rested();
      return;
    }
    if (this.#asked !== null) return;
    if (news) this.wake();
    else this.#wait();
  };

  #send(): void {
    const owner = this.#owner;
    if (owner === null) return;
    let sent = false;
    for (let call = owner.next(); call !== null; call = owner.next()) {
      call.sent = this.#channel.write(call.handler, call.input, call.inputBytes);
      if (call.sent === null) break;
      owner.sent();
      this.#underWay.push(call);
      sent = true;
    }
    if (!sent) return;
    this.#channel.ring();
    this.#watch ??= setTimeout(this.#checkDeadline, this.#deadlineMs);
  }

  #look(): void {
    if (this.#unlooked > 0) {
      this.#unlooked--;
      return;
    }
    if (this.#channel.look(LOOK_MS)) {
      this.#misses = 0;
      return;
    }
    this.#misses = Math.min(this.#misses + 1, MOST_MISSES);
    this.#unlooked = 2 ** this.#misses;
  }

  /** Reads what is there; false when there was nothing. */
  #receive(): boolean {
    this.#channel.noteEvents();
    let news = false;
    for (let result = this.#channel.readResult(); result !== null; result = this.#channel.readResult()) {
      news = true;
      this.#settle(result);
    }
    if (news) this.#channel.releaseResults();
    const request = this.#channel.readRequest();
    if (request === null) return news;
    this.#answer(request);
    return true;
  }

  #settle(result: ReadResult): void {
    const call = this.#underWay.shift();
    this.#asked = null;
    this.#began = true;
    if (call === undefined || result.status === NOT_RUN) return;
    const notes = (result.notes === '' ? null : JSON.parse(result.notes)) as {
      readonly logs: readonly LogLine[];
      readonly initialized: Initialized | null;
    } | null;
    if (this.#instance === null || result.ordinal === 0) this.#instance = { id: randomUUID(), next: 0 };
    const { id: instance } = this.#instance;
    const { fuel, hostCalls, ordinal } = result;
    const logs = notes?.logs ?? [];
    if (result.status === FAULTED) {
      this.#instance = null;
      if (call.settled) return;
      const { code, message } = JSON.parse(result.output) as { readonly code: FaultCode; readonly message: string };
      call.reject(new OverlayFault(code, message, { fuel, hostCalls, logs, instance, ordinal }));
      return;
    }
    this.#instance.next = ordinal + 1;
    const initialized = notes?.initialized ?? null;
    const run = { output: result.output, fuel, hostCalls, logs, instance, ordinal };
    call.resolve(initialized === null ? run : { ...run, initialized });
  }

  #answer(request: HostRequest): void {
    const [call] = this.#underWay;
    this.#began = true;
    if (call === undefined || call.settled) {
      this.#channel.giveUp(request.number);
      return;
    }
    if (request.during === 'call') call.hostCalls++;
    this.#asked = request;
    let answer: Promise<string>;
    try {
      answer = call.host(request.name, request.text, request.during);
    } catch (error) {
      answer = Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    answer.then(
      (text) => {
        if (this.#asked !== request || this.#over !== null) return;
        this.#asked = null;
        this.#channel.reply(request.number, text);
        this.wake();
      },
      (error: unknown) => {
        if (this.#asked !== request || this.#over !== null) return;
        this.#asked = null;
        call.reject(error);
        this.#channel.giveUp(request.number);
        this.wake();
      },
    );
  }

  #wait(): void {
    this.#channel.sleep(true);
    if (this.#waits) {
      if (this.#channel.look(0)) this.wake();
      return;
    }
    const woken = this.#channel.woken();
    if (woken === null) return this.wake();
    this.#waits = true;
    void woken.then(() => {
      this.#waits = false;
      this.#turns = 0;
      if (!this.#turnIsDue) this.#turn();
    });
  }

  readonly #checkDeadline = (): void => {
    this.#watch = null;
    const [call] = this.#underWay;
    if (call === undefined || this.#over !== null) return;
    const ms = this.#channel.runningFor();
    if (ms !== null && ms >= this.#deadlineMs)
      this.end(call, 'deadline', `The guest ran for more than ${this.#deadlineMs} ms.`);
    if (this.#over === null && !this.idle)
      this.#watch = setTimeout(this.#checkDeadline, Math.max(1, this.#deadlineMs - (ms ?? 0)));
  };

  /** Ends the thread; calls that were sent and not begun go back. */
  #kill(): void {
    if (this.#over !== null) return;
    if (this.#watch !== null) clearTimeout(this.#watch);
    this.#over = this.#worker.terminate();
    this.#port.close();
    this.#channel.wakeSelf();
    const notBegun = this.#underWay.splice(0).filter((call) => !call.settled);
    this.#owner?.lost(notBegun);
  }

  #crashed(how: string): void {
    if (this.#over !== null) return;
    this.#receive();
    const [running] = this.#underWay;
    const message = `The thread of the overlay was lost: ${how}.`;
    if (running !== undefined && running.sent !== null && this.#channel.wasBegun(running.sent))
      running.fault('worker_lost', message, this.#factsOf(running));
    // One that never got as far as serving would be replaced by others as bad.
    if (!this.#began) for (const call of this.#underWay) call.fault('worker_lost', message);
    this.#kill();
  }

  #factsOf(call: PendingCall): FaultFacts {
    const { id, next } = this.#instance ?? { id: randomUUID(), next: 0 };
    return { fuel: call.fuel, hostCalls: call.hostCalls, logs: [], instance: id, ordinal: next };
  }
}
