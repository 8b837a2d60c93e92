/**
 * From an overlay's folder to the four files that are installed: the module, its text, the manifest, and what the module
 * can do. The same sources make the same bytes.
 * @module
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { OverlayFaulty } from '../manifest/overlay-faulty.js';
import { manifestFile, pagesOf, readManifest, type OverlayManifestJson } from '../manifest/overlay-manifest.js';
import { moduleFaults } from '../module/module-faults.js';
import { WebAssembly } from '../module/web-assembly.js';
import { COMPILER, compileGuest } from './compile-guest.js';
import { sha256, sourceDigest } from './source-digest.js';

/** Relative to the overlay's folder. */
const ENTRY = 'assembly/index.ts';

export const BUILT_FILES = ['overlay.wasm', 'overlay.wat', 'manifest.json', 'capabilities.json'] as const;

/** `capabilities.json`: what the module can do, and what the build was made of and came to. */
export interface OverlayCapabilities {
  readonly abi: number;
  readonly id: string;
  readonly version: string;
  readonly capabilities: readonly string[];
  /** Host functions that the module calls. */
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  readonly compiler: string;
  /** Digest of all that was compiled. */
  readonly sources: string;
  /** SHA-256 by file, in hexadecimal. */
  readonly files: Readonly<Record<string, string>>;
}

export interface BuiltOverlay {
  readonly folder: string;
  readonly manifest: OverlayManifestJson;
  readonly capabilities: OverlayCapabilities;
  /** SHA-256 of each of {@link BUILT_FILES}, in hexadecimal. */
  readonly sha256: Readonly<Record<string, string>>;
  /** Bytes of the module. */
  readonly size: number;
  /** False where what was there is what would have been made. */
  readonly made: boolean;
}

export interface BuildOptions {
  /** Where the files go; `build` in the overlay's folder by default. */
  readonly out?: string;
  /** Compile even if nothing has changed. */
  readonly again?: boolean;
}

/**
 * @param folder holds `manifest.json` and `assembly/index.ts`
 * @throws OverlayFaulty `NO_MANIFEST`, `BAD_MANIFEST`, `NO_SOURCES`, `DOES_NOT_COMPILE`, and `MODULE_FAULTS` for a module
 * that its manifest does not cover; then nothing is written
 */
export async function buildOverlay(folder: string, options: BuildOptions = {}): Promise<BuiltOverlay> {
  const root = resolve(folder);
  const out = resolve(root, options.out ?? 'build');
  const manifest = await readManifest(root);
  if (!existsSync(join(root, ENTRY))) throw new OverlayFaulty('NO_SOURCES', [`there is no ${ENTRY}`], root);
  const sources = await sourceDigest(root, COMPILER);
  if (options.again !== true) {
    const there = await builtOf(out, sources);
    if (there !== null) return { ...there, manifest, made: false };
  }
  const { wasm, wat } = await compileGuest(root, ENTRY, pagesOf(manifest));
  const faults = moduleFaults(wasm, manifest);
  if (faults.length > 0) throw new OverlayFaulty('MODULE_FAULTS', faults, root);
  const files: Record<string, Uint8Array> = {
    'overlay.wasm': wasm,
    'overlay.wat': Buffer.from(wat),
    'manifest.json': await readFile(manifestFile(root)),
  };
  const capabilities: OverlayCapabilities = { ...abilitiesOf(manifest, wasm), sources, files: digestsOf(files) };
  files['capabilities.json'] = Buffer.from(`${JSON.stringify(capabilities, null, 2)}\n`);
  await mkdir(out, { recursive: true });
  // The list of digests comes last: what was cut off before it is no build.
  for (const [name, bytes] of Object.entries(files)) await replaceFile(join(out, name), bytes);
  return { folder: out, manifest, capabilities, sha256: digestsOf(files), size: wasm.length, made: true };
}

/** The files of a build, as they are installed. @throws OverlayFaulty `NOT_BUILT` */
export async function readBuilt(
  folder: string,
): Promise<{ readonly wasm: Uint8Array; readonly manifest: OverlayManifestJson }> {
  const out = resolve(folder);
  try {
    return { wasm: await readFile(join(out, 'overlay.wasm')), manifest: await readManifest(out) };
  } catch {
    throw new OverlayFaulty('NOT_BUILT', ['it is not built; run `forge overlay build`'], out);
  }
}

function abilitiesOf(manifest: OverlayManifestJson, wasm: Uint8Array): Omit<OverlayCapabilities, 'sources' | 'files'> {
  return {
    abi: manifest.abi,
    id: manifest.id,
    version: manifest.version,
    capabilities: manifest.capabilities,
    imports: WebAssembly.Module.imports(new WebAssembly.Module(wasm))
      .map(({ name }) => name)
      .sort(),
    exports: manifest.exports,
    compiler: COMPILER,
  };
}

/** A build of those sources whose files are as they were written; null where there is none. */
async function builtOf(out: string, sources: string): Promise<Omit<BuiltOverlay, 'manifest' | 'made'> | null> {
  try {
    const listed = await readFile(join(out, 'capabilities.json'));
    const capabilities = JSON.parse(listed.toString('utf8')) as OverlayCapabilities;
    if (capabilities.sources !== sources) return null;
    const files: Record<string, Uint8Array> = {};
    for (const name of BUILT_FILES) files[name] = await readFile(join(out, name));
    const digests = digestsOf(files);
    if (Object.entries(capabilities.files).some(([name, digest]) => digests[name] !== digest)) return null;
    return { folder: out, capabilities, sha256: digests, size: files['overlay.wasm']?.length ?? 0 };
  } catch {
    return null;
  }
}

function digestsOf(files: Readonly<Record<string, Uint8Array>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, sha256(bytes)]));
}

async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, bytes);
  await rename(draft, path);
}
