/**
 * What an overlay is made of, as one digest: a build that was made of the same need not be made again.
 * @module
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { manifestFile } from '../manifest/overlay-manifest.js';
import { libraryFolder } from './compile-guest.js';

/** @param compiler name and version, with what it is told */
export async function sourceDigest(folder: string, compiler: string): Promise<string> {
  const library = libraryFolder();
  const own = [manifestFile(folder), ...(await sourcesIn(join(folder, 'assembly')))];
  const hash = createHash('sha256').update(compiler);
  for (const [root, files] of [[folder, own] as const, [library, await sourcesIn(library)] as const]) {
    for (const file of files) {
      hash.update(`\0${relative(root, file).replaceAll(sep, '/')}\0`).update(sha256(await readFile(file)));
    }
  }
  return hash.digest('hex');
}

/** AssemblyScript files, at any depth, by name. */
async function sourcesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

export const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
