/**
 * `server.json` in the data folder tells local tools where the server that holds the folder listens.
 * @module
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ServerFile {
  readonly url: string;
  readonly pid: number;
}

export function serverFile(dataDir: string): string {
  return join(dataDir, 'server.json');
}

export async function writeServerFile(dataDir: string, content: ServerFile): Promise<void> {
  const file = serverFile(dataDir);
  // Renamed into place, so that nobody reads half of it.
  await writeFile(`${file}.new`, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Removes the file unless another process has written its own since. */
export async function removeServerFile(dataDir: string, pid: number): Promise<void> {
  const content = await readServerFile(dataDir);
  if (content?.pid === pid) await rm(serverFile(dataDir), { force: true });
}

/** Null when there is none, or none that can be read. A file left behind by a crash may name a process that is gone. */
export async function readServerFile(dataDir: string): Promise<ServerFile | null> {
  try {
    const content = JSON.parse(await readFile(serverFile(dataDir), 'utf8')) as Partial<ServerFile>;
    return typeof content.url === 'string' && typeof content.pid === 'number'
      ? { url: content.url, pid: content.pid }
      : null;
  } catch {
    return null;
  }
}
