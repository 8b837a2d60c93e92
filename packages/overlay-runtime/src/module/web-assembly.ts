/**
 * The little of WebAssembly's interface that is used here: the library that declares the whole is that of browsers.
 * @module
 */

interface WebAssemblyInterface {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: GuestImports) => { readonly exports: GuestExports };
}

/** Functions to import, by module and name. */
export type GuestImports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What an instance exports, by name. */
export type GuestExports = Readonly<Record<string, unknown>>;

/** A global that an instance exports. */
export interface GuestGlobal {
  value: unknown;
}

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyInterface };

/** Whether the engine takes the bytes for a valid module. */
export const engineAccepts = (bytes: Uint8Array): boolean => WebAssembly.validate(bytes);

/** Compiles and instantiates in this thread. Throws what the engine throws. */
export const instantiate = (bytes: Uint8Array, imports: GuestImports): GuestExports =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports;

/** What the engine says about bytes that it does not accept, and at which offset it stopped. */
export function engineComplaint(bytes: Uint8Array): { readonly message: string; readonly offset: number | null } {
  try {
    new WebAssembly.Module(bytes);
    return { message: 'The engine does not accept the module.', offset: null };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const offset = /@\+(\d+)/.exec(text)?.[1];
    const message = text.replace(/^WebAssembly\.Module\(\):\s*/, '').replace(/\s*@\+\d+$/, '');
    return { message, offset: offset === undefined ? null : Number(offset) };
  }
}
