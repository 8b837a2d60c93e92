/**
 * The compiled kernel and the little of WebAssembly's interface that it takes: the library that declares the whole is
 * that of browsers.
 * @module
 */
import { KERNEL_BYTES } from './kernel-bytes.js';

/** `kernel/vector-kernel.ts` says what each does. Addresses and strides are bytes. */
export interface Kernel {
  scoreRange(query: number, rows: number, stride: number, count: number, out: number): void;
  scoreList(query: number, rows: number, stride: number, list: number, count: number, out: number): void;
  lengthOf(source: number, stride: number): number;
  largestOf(source: number, stride: number): number;
  quantizeRow(source: number, stride: number, factor: number, row: number): number;
  quantizeQuery(source: number, stride: number, factor: number, query: number): number;
}

export interface KernelMemory {
  readonly buffer: ArrayBuffer;
  /** Detaches `buffer`. Throws a RangeError when the system or the maximum does not allow it. */
  grow(pages: number): number;
}

interface WebAssemblyInterface {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (limits: { initial: number; maximum: number }) => KernelMemory;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyInterface };

let compiled: object | undefined;

/** An instance over a memory of its own. Pages have 64 KiB. */
export function instantiateKernel(initial: number, maximum: number): { kernel: Kernel; memory: KernelMemory } {
  compiled ??= new WebAssembly.Module(Buffer.from(KERNEL_BYTES, 'base64'));
  const memory = new WebAssembly.Memory({ initial, maximum });
  const kernel = new WebAssembly.Instance(compiled, { env: { memory } }).exports as Kernel;
  return { kernel, memory };
}
