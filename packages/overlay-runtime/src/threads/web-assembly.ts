/**
 * The part of WebAssembly's interface that running guests takes: the library that declares the whole is that of browsers.
 * @module
 */

/** Compiled code; it can be posted to other threads, which then share it. */
export type CompiledModule = object;

export interface GuestMemory {
  /** A new one after each growth, which leaves the old one without bytes. */
  readonly buffer: ArrayBuffer;
}

export interface GuestGlobal<Value> {
  value: Value;
}

export type GuestExports = Readonly<Record<string, unknown>>;

interface WebAssemblyInterface {
  compile(bytes: Uint8Array): Promise<CompiledModule>;
  readonly Module: {
    imports(module: CompiledModule): readonly { readonly module: string; readonly name: string }[];
    exports(module: CompiledModule): readonly { readonly name: string }[];
  };
  readonly Instance: new (module: CompiledModule, imports: object) => { readonly exports: GuestExports };
  readonly RuntimeError: new () => Error;
}

export const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyInterface };
