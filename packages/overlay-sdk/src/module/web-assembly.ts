/**
 * The part of WebAssembly's interface that checking and running a module takes: the library that declares the whole is
 * that of browsers.
 * @module
 */

export type CompiledModule = object;

export interface ModuleImport {
  readonly module: string;
  readonly name: string;
  readonly kind: string;
}

export interface ModuleExport {
  readonly name: string;
  readonly kind: string;
}

export interface GuestMemory {
  /** A new one after each growth, which leaves the old one without bytes. */
  readonly buffer: ArrayBuffer;
}

export type GuestExports = Readonly<Record<string, unknown>>;

interface WebAssemblyInterface {
  readonly Module: {
    new (bytes: Uint8Array): CompiledModule;
    imports(module: CompiledModule): readonly ModuleImport[];
    exports(module: CompiledModule): readonly ModuleExport[];
  };
  readonly Instance: new (module: CompiledModule, imports: object) => { readonly exports: GuestExports };
}

export const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyInterface };
