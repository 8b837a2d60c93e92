/**
 * Writes the folder of a new overlay: it builds, and its test passes.
 * @module
 */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { OverlayFaulty } from '../manifest/overlay-faulty.js';
import { overlayFiles } from './overlay-files.js';

export interface NewOverlay {
  readonly folder: string;
  readonly id: string;
  /** Relative to the folder. */
  readonly files: readonly string[];
}

/**
 * @param folder made if it is not there
 * @param name in lower-case letters, digits, - and _; the id has _ in place of -
 * @throws OverlayFaulty `BAD_NAME`; `FOLDER_TAKEN` where the folder is not empty
 */
export async function newOverlay(folder: string, name: string): Promise<NewOverlay> {
  const root = resolve(folder);
  const id = name.replaceAll('-', '_');
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(id)) {
    const form = '1 to 64 lower-case letters, digits, - and _, beginning with a letter';
    throw new OverlayFaulty('BAD_NAME', [`${name} cannot be an overlay’s name: it needs ${form}`], root);
  }
  if (existsSync(root) && readdirSync(root).length > 0) {
    throw new OverlayFaulty('FOLDER_TAKEN', ['the folder is not empty; choose another name or folder'], root);
  }
  const files = overlayFiles(id);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return { folder: root, id, files: Object.keys(files) };
}
