/**
 * One instance of a guest and the protocol with it: room for the input, the handler, its result, the room given back.
 * Nothing that the guest says of its memory is believed.
 * @module
 */
import { isUtf8 } from 'node:buffer';
import { HOST_BYTE_FUEL, HOST_CALLS, HOST_CALL_FUEL, PAGE_BYTES, TEXT_BYTES } from './guest-bounds.js';
import type { GuestChannel } from './guest-channel.js';
import { GuestFault, type FaultCode } from './guest-fault.js';
import type { GuestLog } from './guest-log.js';
import { HOST_FUNCTIONS, type GuestSetup } from './guest-setup.js';
import { NESTING, jsonFault } from './json-text.js';
import { WebAssembly, type GuestExports, type GuestGlobal, type GuestMemory } from './web-assembly.js';

const NOT_UTF8 = Buffer.from('{"error":{"code":"INVALID","message":"The request is not UTF-8."}}');
const NULL = Buffer.from('null');

/** A result where it lies in the guest's memory, or elsewhere. */
export interface PlacedResult {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly length: number;
}

const pair = new BigInt64Array(1);
const halves = new Uint32Array(pair.buffer);

export class GuestInstance {
  readonly #setup: GuestSetup;
  readonly #channel: GuestChannel;
  readonly #log: GuestLog;
  readonly #exports: GuestExports;
  readonly #memory: GuestMemory;
  readonly #fuel: GuestGlobal<bigint>;
  readonly #alloc: (length: number) => unknown;
  readonly #free: (at: number, length: number) => unknown;
  readonly #handlers: readonly ((at: number, length: number) => unknown)[];
  #view = Buffer.alloc(0);
  #budget = 0;
  #hostCalls = 0;
  /** The host may be called only while a handler runs: not from the start function, nor while room is made or given back. */
  #running = false;
  #initializes = false;
  #ordinal = 0;
  #input = { at: 0, length: 0 };
  #result = { at: 0, length: 0 };

  /** Throws what V8 says when the module cannot be linked or its memory cannot be had. */
  constructor(setup: GuestSetup, channel: GuestChannel, log: GuestLog) {
    this.#setup = setup;
    this.#channel = channel;
    this.#log = log;
    this.#exports = new WebAssembly.Instance(setup.module, { host: this.#hostFunctions() }).exports;
    this.#memory = this.#exports['memory'] as GuestMemory;
    this.#fuel = this.#exports['forge.fuel'] as GuestGlobal<bigint>;
    this.#alloc = this.#function('ov_alloc');
    this.#free = this.#function('ov_free');
    this.#handlers = setup.handlers.map(({ name }) => this.#function(name));
  }

  /** Calls served before the one that runs. */
  get ordinal(): number {
    return this.#ordinal;
  }

  get hostCalls(): number {
    return this.#hostCalls;
  }

  /** Fuel used since the last call began; the whole budget when it did not suffice. */
  get used(): number {
    const left = Number(this.#fuel.value);
    return this.#budget - Math.min(Math.max(left, 0), this.#budget);
  }

  /** Runs the start function and `initialize`; false where there is neither. */
  initialize(): boolean {
    this.#begin(this.#setup.initializeFuel);
    const start = this.#exports['forge.start'];
    const starts = typeof start === 'function';
    if (starts) (start as () => void)();
    if (this.#setup.initialize < 0) return starts;
    const input = Buffer.from(this.#setup.initializeInput);
    this.#initializes = true;
    this.#call(this.#setup.initialize, input, 0, input.length);
    this.#initializes = false;
    this.#giveBack();
    return true;
  }

  /**
   * Runs a handler. The result lies in the guest's memory until `finish`.
   * @param input where the input is
   */
  run(handler: number, input: Buffer, offset: number, length: number): PlacedResult {
    this.#begin(this.#setup.handlers[handler]?.fuel ?? 0);
    return this.#call(handler, input, offset, length);
  }

  /** Gives back the room of input and result. */
  finish(): void {
    this.#giveBack();
    this.#ordinal++;
  }

  /** What ended the guest, told from what was thrown. */
  faultOf(thrown: unknown): { readonly code: FaultCode; readonly message: string } {
    if (thrown instanceof GuestFault) return thrown;
    const trap = Number((this.#exports['forge.trap'] as GuestGlobal<number> | undefined)?.value ?? 0);
    if (trap === 1) {
      // What it wanted last cost more than was left, which no longer counts.
      this.#fuel.value = 0n;
      return { code: 'out_of_fuel', message: `The guest used up its ${this.#budget} units of fuel.` };
    }
    if (trap === 2) return { code: 'stack_exhausted', message: 'The guest nested its calls too deeply.' };
    return thrownFault(thrown);
  }

  #begin(budget: number): void {
    this.#budget = budget;
    this.#hostCalls = 0;
    this.#fuel.value = BigInt(budget);
  }

  #call(handler: number, input: Buffer, offset: number, length: number): PlacedResult {
    const at = this.#makeRoom(length);
    this.#bytes().set(input.subarray(offset, offset + length), at);
    this.#input = { at, length };
    this.#running = true;
    const returned = this.#handlers[handler]?.(at, length);
    this.#running = false;
    if (typeof returned !== 'bigint') throw new GuestFault('bad_result', 'The handler returned no 64-bit integer.');
    pair[0] = returned;
    const result = { at: halves[1] ?? 0, length: halves[0] ?? 0 };
    this.#result = result;
    if (returned === 0n) return { bytes: NULL, start: 0, length: NULL.length };
    if (result.length > TEXT_BYTES)
      throw new GuestFault('too_large', `The result has ${result.length} bytes; at most ${TEXT_BYTES} are taken.`);
    const bytes = this.#within(result.at, result.length, 'result');
    mustBeJson(bytes, result.at, result.length);
    return { bytes, start: result.at, length: result.length };
  }

  #giveBack(): void {
    this.#free(this.#input.at, this.#input.length);
    if (this.#result.at !== 0 || this.#result.length !== 0) this.#free(this.#result.at, this.#result.length);
  }

  #makeRoom(length: number): number {
    const at = Number(this.#alloc(length)) >>> 0;
    if (at === 0) throw new GuestFault('out_of_memory', `The guest has no room for ${length} bytes.`);
    this.#within(at, length, 'room');
    return at;
  }

  #function(name: string): (...values: number[]) => unknown {
    const found = this.#exports[name];
    if (typeof found !== 'function') throw new GuestFault('bad_result', `The module exports no function ${name}.`);
    return found as (...values: number[]) => unknown;
  }

  /** The memory as it is now; a growth leaves earlier views without bytes. */
  #bytes(): Buffer {
    const { buffer } = this.#memory;
    if (this.#view.buffer === buffer) return this.#view;
    if (buffer.byteLength > this.#setup.memoryPages * PAGE_BYTES)
      throw new GuestFault(
        'out_of_memory',
        `The guest's memory has ${buffer.byteLength} bytes, more than the ${this.#setup.memoryPages} pages allowed.`,
      );
    this.#view = Buffer.from(buffer);
    return this.#view;
  }

  #within(at: number, length: number, what: string): Buffer {
    const bytes = this.#bytes();
    if (at + length > bytes.length)
      throw new GuestFault(
        'bad_pointer',
        `The ${what} at ${at} with ${length} bytes reaches beyond the guest's memory of ${bytes.length} bytes.`,
      );
    return bytes;
  }

  #hostFunctions(): Record<string, unknown> {
    const functions: Record<string, unknown> = {};
    for (const name of this.#setup.granted) {
      if (name === 'log')
        functions['log'] = (level: number, at: number, length: number) => this.#write(level, at >>> 0, length >>> 0);
      else {
        const number = HOST_FUNCTIONS.indexOf(name);
        functions[name] = (at: number, length: number) => this.#ask(number, at >>> 0, length >>> 0);
      }
    }
    return functions;
  }

  #write(level: number, at: number, length: number): void {
    const bytes = this.#within(at, length, 'log line');
    this.#charge(HOST_CALL_FUEL + HOST_BYTE_FUEL * length);
    this.#log.add(level, bytes.subarray(at, at + length));
  }

  #ask(fn: number, at: number, length: number): bigint {
    if (!this.#running)
      throw new GuestFault(
        'reentered',
        `The guest called ${HOST_FUNCTIONS[fn] ?? fn} outside of a handler: neither its start function nor its allocator may.`,
      );
    if (this.#hostCalls >= HOST_CALLS)
      throw new GuestFault('host_call_limit', `The guest called the host more than ${HOST_CALLS} times in one call.`);
    if (length > TEXT_BYTES)
      throw new GuestFault('too_large', `A request has ${length} bytes; at most ${TEXT_BYTES} are taken.`);
    const request = this.#within(at, length, 'request').subarray(at, at + length);
    this.#charge(HOST_CALL_FUEL + HOST_BYTE_FUEL * length);
    this.#hostCalls++;
    if (!isUtf8(request)) return this.#reply(NOT_UTF8, NOT_UTF8.length);
    const replied = this.#channel.ask(fn, request, this.#initializes);
    if (replied < 0) throw new GuestFault('cancelled', 'The call was given up while the host worked for it.');
    return this.#reply(this.#channel.reply, replied);
  }

  #reply(from: Buffer, length: number): bigint {
    this.#charge(HOST_BYTE_FUEL * length);
    this.#running = false;
    const at = this.#makeRoom(length);
    this.#running = true;
    this.#bytes().set(from.subarray(0, length), at);
    halves[1] = at;
    halves[0] = length;
    return pair[0] ?? 0n;
  }

  #charge(cost: number): void {
    const left = Number(this.#fuel.value) - cost;
    this.#fuel.value = BigInt(Math.max(left, 0));
    if (left < 0)
      throw new GuestFault('out_of_fuel', `The guest used up its ${this.#budget} units of fuel by calling the host.`);
  }
}

/** What V8 threw, as a fault. */
export function thrownFault(thrown: unknown): { readonly code: FaultCode; readonly message: string } {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof GuestFault) return thrown;
  if (thrown instanceof RangeError)
    return /call stack/.test(message)
      ? { code: 'stack_exhausted', message: 'The guest used up the stack of its thread.' }
      : { code: 'out_of_memory', message };
  return { code: 'trap', message };
}

function mustBeJson(bytes: Buffer, start: number, length: number): void {
  if (!isUtf8(bytes.subarray(start, start + length))) throw new GuestFault('bad_result', 'The result is not UTF-8.');
  const fault = jsonFault(bytes, start, start + length);
  if (fault >= 0)
    throw new GuestFault(
      'bad_result',
      `The result stops being JSON at byte ${fault - start} of ${length}, or is nested more than ${NESTING} deep.`,
    );
}
