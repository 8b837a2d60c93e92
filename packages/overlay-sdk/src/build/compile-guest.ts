/**
 * Compiles AssemblyScript in this process. The compiler sees the overlay's own files and the guest library, whichever
 * folder either lies in: what it writes depends on nothing else.
 * @module
 */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OverlayFaulty } from '../manifest/overlay-faulty.js';

/** What a guest imports from. */
const LIBRARY = '@forge-cascade/overlay-sdk';
const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));

const ABORT = `~lib/${LIBRARY}/guest/abi/abort`;

/** Garbage is collected between calls, by `ov_free`; so functions need not tell a collector what they hold. */
const FLAGS = ['-O3', '--converge', '--runtime', 'minimal', '--use', `abort=${ABORT}`].concat([
  '--outFile',
  'overlay.wasm',
  '--textFile',
  'overlay.wat',
]);

/** Names the compiler and all that it is told, so that a change of either makes a new build. */
export const COMPILER = `assemblyscript ${compilerVersion()} ${FLAGS.slice(0, 4).join(' ')}`;

/** Not a literal, because the compiler's own declarations name globals that are not those of Node. */
const COMPILER_MODULE: string = 'assemblyscript/asc';

interface Compiler {
  main(
    options: readonly string[],
    files: {
      readFile(name: string): string | null;
      writeFile(name: string, contents: string | Uint8Array): void;
      listFiles(): readonly string[];
    },
  ): Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>;
}

export interface CompiledGuest {
  readonly wasm: Uint8Array;
  /** The same module as WebAssembly text. */
  readonly wat: string;
}

/**
 * @param folder the overlay's
 * @param pages most memory the module may declare, in pages of 64 KiB
 * @throws OverlayFaulty `DOES_NOT_COMPILE` with the compiler's messages
 */
export async function compileGuest(folder: string, entry: string, pages: number): Promise<CompiledGuest> {
  // The compiler takes half a second to load, which who only reads manifests should not wait for.
  const { default: asc } = (await import(COMPILER_MODULE)) as { readonly default: Compiler };
  let wasm: Uint8Array | undefined;
  let wat: string | undefined;
  const { error, stderr } = await asc.main([entry, ...FLAGS, '--maximumMemory', String(pages)], {
    readFile: (name) => readGuestFile(folder, name),
    writeFile: (name, contents) => {
      if (typeof contents === 'string') wat = contents;
      else if (name.endsWith('.wasm')) wasm = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || wasm === undefined || wat === undefined) {
    throw new OverlayFaulty('DOES_NOT_COMPILE', [stderr.toString().trim() || String(error)], folder);
  }
  return { wasm, wat };
}

function compilerVersion(): string {
  const manifest = JSON.parse(readFileSync(fileURLToPath(import.meta.resolve('assemblyscript/package.json')), 'utf8'));
  return String((manifest as { version?: unknown }).version);
}

/** The files a module is made of, besides the overlay's own: all of the guest library. */
export function libraryFolder(): string {
  return join(PACKAGE, 'guest');
}

function readGuestFile(folder: string, name: string): string | null {
  const packaged = `node_modules/${LIBRARY}/`;
  const at = name.indexOf(packaged);
  if (at >= 0) {
    const inside = name.slice(at + packaged.length);
    return inside.startsWith('guest/') ? readInside(libraryFolder(), inside.slice('guest/'.length)) : null;
  }
  return readInside(folder, name);
}

/** A file's text; null where there is none, and for what lies outside the folder. */
function readInside(folder: string, name: string): string | null {
  const path = resolve(folder, name);
  if (dirname(path) !== folder && !path.startsWith(folder + sep)) return null;
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
