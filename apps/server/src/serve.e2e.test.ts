import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readServerFile } from './server-file.js';

const PROGRAM = fileURLToPath(new URL('./fixtures/serve-process.mjs', import.meta.url));
const TOKEN = 'token-of-the-e2e-test';

let folder: string;
let child: ChildProcess;
let output: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-serve-'));
  output = '';
});
afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
});

async function start(more: Record<string, string> = {}): Promise<URL> {
  const env = {
    ...process.env,
    FORGE_DATA: join(folder, 'data'),
    FORGE_PORT: '0',
    FORGE_HOST: '127.0.0.1',
    FORGE_TOKEN: TOKEN,
    ...more,
  };
  child = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  while (!/listening on (\S+)/.test(output)) {
    if (child.exitCode !== null) throw new Error(`the server ended:\n${output}`);
    await new Promise((settle) => setTimeout(settle, 20));
  }
  return new URL(/listening on (\S+)/.exec(output)?.[1] ?? '');
}

/** A request of which half has been sent, so that the server has something to wait for. */
async function halfRequest({ hostname, port }: URL): Promise<Socket> {
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const head = `POST /v2/capsules HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  socket.write(`${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`);
  return socket;
}

describe('a server that is told to stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('[API-24] closes everything on %s and ends well', async (signal) => {
    const url = await start();
    expect((await fetch(new URL('/v2/system/health', url))).status).toBe(200);
    child.kill(signal);
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code, output).toBe(0);
    expect(await readServerFile(join(folder, 'data'))).toBeNull();
    expect(output).not.toContain(TOKEN);
  });

  it('[POD-15] goes on answering for its drain time while it says that it is not ready', async () => {
    const url = await start({ FORGE_DRAIN_SECONDS: '3' });
    const statusOf = async (name: string) => (await fetch(new URL(`/v2/system/${name}`, url))).status;
    expect(await statusOf('ready')).toBe(200);
    child.kill('SIGTERM');
    while (!output.includes('shutting down')) await new Promise((settle) => setTimeout(settle, 20));
    expect(await Promise.all(['ready', 'health'].map(statusOf))).toEqual([503, 200]);
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code, output).toBe(0);
  });

  it('[API-24] ends at once when it is told a second time', async () => {
    const socket = await halfRequest(await start());
    child.kill('SIGTERM');
    while (!output.includes('shutting down')) await new Promise((settle) => setTimeout(settle, 20));
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code, output).toBe(1);
    socket.destroy();
  });
});
