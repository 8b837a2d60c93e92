/**
 * The little of WebAssembly's interface that the kernels take: the library that declares the whole is that of browsers.
 * @module
 */

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

/** Bytes of a page of memory. */
export const PAGE_BYTES = 65_536;

/** A compiled module, and how to run it over a memory of its own. */
export class KernelModule<Kernel> {
  #compiled: object | undefined;

  /** @param base64 the module's bytes */
  constructor(private readonly base64: string) {}

  /** Sizes are in pages. */
  instantiate(initial: number, maximum: number): { readonly kernel: Kernel; readonly memory: KernelMemory } {
    this.#compiled ??= new WebAssembly.Module(Buffer.from(this.base64, 'base64'));
    const memory = new WebAssembly.Memory({ initial, maximum });
    const kernel = new WebAssembly.Instance(this.#compiled, { env: { memory } }).exports as Kernel;
    return { kernel, memory };
  }
}
