/**
 * The owner's token: given by the environment, or made once and kept in the data folder.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface OwnerToken {
  readonly token: string;
  /** Where it came from; `made` only the first time. */
  readonly source: 'environment' | 'kept' | 'made';
  /** Where it is kept; null when the environment gave it. */
  readonly file: string | null;
}

export function tokenFile(dataDir: string): string {
  return join(dataDir, 'token');
}

/** @throws when the kept token is empty, or the folder cannot be written. */
export async function ownerToken(dataDir: string, preset: string | null): Promise<OwnerToken> {
  if (preset !== null) return { token: preset, source: 'environment', file: null };
  const file = tokenFile(dataDir);
  const kept = await readKept(file);
  if (kept !== null) return { token: kept, source: 'kept', file };
  const token = `forge_${randomBytes(32).toString('base64url')}`;
  try {
    await writeFile(file, `${token}\n`, { mode: 0o600, flag: 'wx' });
    return { token, source: 'made', file };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // Another process made one at the same time: not every engine keeps processes apart.
    return ownerToken(dataDir, null);
  }
}

async function readKept(file: string): Promise<string | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const token = text.trim();
  if (!/^\S+$/.test(token))
    throw new Error('The token file in the data folder holds no token. Delete it to get a new one.');
  // Copies and backups tend to come back readable by everyone. Where modes are not kept, reading goes on all the same.
  await chmod(file, 0o600).catch(() => undefined);
  return token;
}
