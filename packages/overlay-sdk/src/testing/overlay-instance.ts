/**
 * Runs a module in this process over ABI v1, unmetered, with the host that a test gives: for tests of what an overlay
 * computes. What it may cost, and that it cannot do harm, is for the sandbox to show.
 * @module
 */
import type { OverlayManifestJson } from '../manifest/overlay-manifest.js';
import { OverlayFaulty } from '../manifest/overlay-faulty.js';
import { moduleFaults } from '../module/module-faults.js';
import { WebAssembly, type GuestExports, type GuestMemory } from '../module/web-assembly.js';
import { MemoryHost, type During, type HostAnswer, type HostFunction, type HostReply } from './host-answers.js';

export interface HostCall {
  readonly name: HostFunction;
  readonly request: unknown;
  readonly reply: HostReply;
}

export interface GuestLog {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const BYTES_OF_PAGE = 65_536;

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

export class OverlayInstance {
  readonly #exports: GuestExports;
  readonly #answer: HostAnswer;
  #during: During = 'initialize';
  readonly calls: HostCall[] = [];
  readonly logs: GuestLog[] = [];

  /**
   * Makes the instance and, where the manifest lists it, runs `initialize` with `{"config"}`.
   * @param answer a {@link MemoryHost} with the manifest's config by default
   * @throws OverlayFaulty `MODULE_FAULTS`
   */
  constructor(
    module: Uint8Array,
    readonly manifest: OverlayManifestJson,
    answer: HostAnswer = new MemoryHost({ config: manifest.config ?? {} }).answer,
  ) {
    const faults = moduleFaults(module, manifest);
    if (faults.length > 0) throw new OverlayFaulty('MODULE_FAULTS', faults, manifest.id);
    this.#answer = answer;
    const compiled = new WebAssembly.Module(module);
    const host = Object.fromEntries(
      WebAssembly.Module.imports(compiled).map(({ name }) => [name, this.#hostFunction(name)]),
    );
    this.#exports = new WebAssembly.Instance(compiled, { host }).exports;
    if (manifest.exports.includes('initialize')) this.run('initialize', { config: manifest.config ?? {} });
    this.#during = 'call';
  }

  /** Runs a handler. Throws what the module traps with; the text of a failed assertion is in {@link logs}. */
  run(handler: string, input: unknown): unknown {
    return JSON.parse(this.runText(handler, JSON.stringify(input)));
  }

  /** As {@link run}, on JSON texts. */
  runText(handler: string, input: string): string {
    if (!this.manifest.exports.includes(handler)) throw new Error(`${this.manifest.id} has no handler ${handler}`);
    const given = this.#put(input);
    const packed = BigInt.asUintN(64, this.#invoke(handler, given.at, given.length) as bigint);
    const at = Number(packed >> 32n);
    const length = Number(packed & 0xffff_ffffn);
    const result = at === 0 ? 'null' : this.#text(at, length);
    this.#invoke('ov_free', given.at, given.length);
    if (at !== 0) this.#invoke('ov_free', at, length);
    return result;
  }

  /** Pages of 64 KiB that the memory has. */
  get pages(): number {
    return this.#buffer().byteLength / BYTES_OF_PAGE;
  }

  #hostFunction(name: string): (...args: number[]) => unknown {
    if (name === 'log') {
      return (level = 0, at = 0, length = 0) => {
        this.logs.push({ level: LEVELS[level] ?? 'error', text: this.#text(at, length) });
      };
    }
    return (at = 0, length = 0) => {
      const request: unknown = JSON.parse(this.#text(at, length));
      const reply = this.#answer(name as HostFunction, request, this.#during);
      this.calls.push({ name: name as HostFunction, request, reply });
      const written = this.#put(JSON.stringify(reply));
      return (BigInt(written.at) << 32n) | BigInt(written.length);
    };
  }

  #put(text: string): { readonly at: number; readonly length: number } {
    const bytes = utf8.encode(text);
    const at = Number(this.#invoke('ov_alloc', bytes.length)) >>> 0;
    if (at === 0) throw new Error(`${this.manifest.id} made no room for ${bytes.length} bytes`);
    new Uint8Array(this.#buffer(), at, bytes.length).set(bytes);
    return { at, length: bytes.length };
  }

  #text(at: number, length: number): string {
    return strictUtf8.decode(new Uint8Array(this.#buffer(), at >>> 0, length >>> 0));
  }

  #buffer(): ArrayBuffer {
    return (this.#exports['memory'] as GuestMemory).buffer;
  }

  #invoke(name: string, ...args: number[]): unknown {
    return (this.#exports[name] as (...args: number[]) => unknown)(...args);
  }
}
