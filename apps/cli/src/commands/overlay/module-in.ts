/** The one module of a folder: what a build has left, or what was written by hand. @module */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailure } from '../../usage-error.js';

/** @returns null where the folder holds none @throws CommandFailure where it cannot be told which of several is meant */
export async function moduleIn(folder: string, id: string): Promise<string | null> {
  const modules = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.wasm'));
  const own = `${id}.wasm`;
  if (modules.includes(own)) return join(folder, own);
  if (modules.length > 1) {
    throw new CommandFailure(`Which module is it? ${folder} holds ${modules.length} of them.`, `Name it ${own}.`);
  }
  return modules[0] === undefined ? null : join(folder, modules[0]);
}
