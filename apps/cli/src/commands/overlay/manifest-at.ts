/** An author's files: the manifest is held to all that an installation would hold it to. @module */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDomainError, parseManifest, type OverlayManifest } from '@forge-cascade/core';
import { CommandFailure } from '../../usage-error.js';

/** Bytes that a module or manifest may have here: the largest module that the sandbox takes. */
const MOST_BYTES = 4 << 20;

/** @throws CommandFailure naming the file, also where it is none or too long to be one of an overlay's. */
export async function fileAt(path: string, advice: string): Promise<Buffer> {
  try {
    // Looked at first: a device or pipe may have no end, or none that comes.
    const { size, isFile } = await stat(path).then((found) => ({ size: found.size, isFile: found.isFile() }));
    if (!isFile) throw new CommandFailure(`${path} is no regular file.`, advice);
    if (size > MOST_BYTES) throw new CommandFailure(`${path} has ${size} bytes, more than ${MOST_BYTES}.`, advice);
    return await readFile(path);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`${path} cannot be read (${code}).`, advice);
  }
}

/** @throws CommandFailure naming the file, and the field that is wrong. */
export async function manifestAt(path: string, advice: string): Promise<OverlayManifest> {
  const text = (await fileAt(path, advice)).toString('utf8');
  try {
    return parseManifest(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError) && !isDomainError(error)) throw error;
    throw new CommandFailure(`${path} is no manifest: ${error.message}`, 'See docs/overlays/abi.md.');
  }
}

/** Of an overlay's own folder. @throws as {@link manifestAt} */
export const manifestIn = (folder: string): Promise<OverlayManifest> =>
  manifestAt(join(folder, 'manifest.json'), 'Make an overlay with forge overlay init NAME, or name its folder.');
