/** The manifest in a file, held to all that an installation would hold it to. @module */
import { readFile } from 'node:fs/promises';
import { isDomainError, parseManifest, type OverlayManifest } from '@forge-cascade/core';
import { CommandFailure } from '../../usage-error.js';

/** @throws CommandFailure naming the file, and the field that is wrong. */
export async function manifestAt(path: string, advice: string): Promise<OverlayManifest> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`${path} cannot be read (${code}).`, advice);
  }
  try {
    return parseManifest(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError) && !isDomainError(error)) throw error;
    throw new CommandFailure(`${path} is no manifest: ${error.message}`, 'See docs/overlays/abi.md.');
  }
}
