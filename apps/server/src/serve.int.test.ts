import { createClient } from '@forge-cascade/api';
import { Agent, request } from 'node:http';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from './config.js';
import { createLog } from './log.js';
import { serve, type RunningServer } from './serve.js';
import { readServerFile, serverFile } from './server-file.js';
import { ownerToken, tokenFile } from './token.js';

let folder: string;
let running: RunningServer[] = [];
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'forge-server-'))));
afterEach(async () => {
  await Promise.all(running.map((server) => server.close()));
  running = [];
  await rm(folder, { recursive: true, force: true });
});

const data = (): string => join(folder, 'data');
const modeOf = async (file: string): Promise<string> => ((await stat(file)).mode & 0o777).toString(8);

async function start(env: Record<string, string> = {}): Promise<{ server: RunningServer; printed: string }> {
  const lines: string[] = [];
  const server = await serve(readConfig({ FORGE_PORT: '0', FORGE_DATA: data(), ...env }), {
    print: (line) => lines.push(line),
    log: createLog('silent'),
    handleSignals: false,
  });
  running.push(server);
  return { server, printed: lines.join('\n') };
}

/** Bytes as they are, for what no client library would send. */
function raw(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((settle, fail) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(request));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('end', () => settle(answer)).on('error', fail);
  });
}

describe('a server on a data folder', () => {
  it('[API-17] makes a token once, shows it once and keeps it for the owner alone', async () => {
    const first = await start();
    const token = (await readFile(tokenFile(data()), 'utf8')).trim();
    expect(first.printed).toContain(`listening on ${first.server.url}`);
    expect(first.printed).toContain(token);
    expect(await modeOf(tokenFile(data()))).toBe('600');
    await first.server.close();

    const second = await start();
    expect(second.printed).not.toContain(token);
    expect(second.printed).toContain('token');
    const client = createClient({ baseUrl: second.server.url, token });
    expect((await client.listCapsules()).status).toBe(200);
  });

  it('[API-17] prefers FORGE_TOKEN and keeps nothing of it', async () => {
    await start().then(({ server }) => server.close());
    const kept = (await readFile(tokenFile(data()), 'utf8')).trim();
    const { server, printed } = await start({ FORGE_TOKEN: 'given-by-the-environment' });
    expect(printed).not.toContain('given-by-the-environment');
    const status = async (token: string) =>
      (await fetch(`${server.url}/v2/capsules`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await status('given-by-the-environment')).toBe(200);
    expect(await status(kept)).toBe(401);
    expect((await readFile(tokenFile(data()), 'utf8')).trim()).toBe(kept);
  });

  it('[API-18] says where it listens while it does', async () => {
    const { server } = await start();
    expect(await readServerFile(data())).toEqual({ url: server.url, pid: process.pid });
    expect(await modeOf(serverFile(data()))).toBe('600');
    await server.close();
    expect(await readServerFile(data())).toBeNull();
    await expect(fetch(server.url)).rejects.toThrow();
  });

  it('keeps what it was told over a restart', async () => {
    const token = 'the-same-token-again';
    const first = await start({ FORGE_TOKEN: token });
    const made = await createClient({ baseUrl: first.server.url, token }).createCapsule({
      body: { type: 'decision', content: 'Kept.' },
    });
    await first.server.close();
    const second = await start({ FORGE_TOKEN: token });
    const read = await createClient({ baseUrl: second.server.url, token }).getCapsule({ params: { id: made.body.id } });
    expect(read.body).toEqual(made.body);
  });

  it('answers what is under way before it closes, and keeps what it answered', async () => {
    const token = 'the-same-token-again';
    const { server } = await start({ FORGE_TOKEN: token });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const items = Array.from({ length: 200 }, (_, i) => ({ type: 'code', content: `Item ${i}.` }));
    const body = Buffer.from(JSON.stringify({ items }));
    const sending = request(`${server.url}/v2/capsules/batch`, {
      method: 'POST',
      headers: { ...headers, 'content-length': body.length },
      agent: new Agent({ keepAlive: true }),
    });
    const answered = new Promise<number | undefined>((settle, fail) => {
      sending.on('response', (response) => response.resume().on('end', () => settle(response.statusCode)));
      sending.on('error', fail);
    });
    // Half of the request has arrived when closing begins, so it is under way for certain.
    await new Promise((sent) => sending.write(body.subarray(0, 100), sent));
    await fetch(`${server.url}/v2/system/health`);
    const closing = server.close();
    sending.end(body.subarray(100));
    expect(await answered).toBe(201);
    await closing;
    const again = await start({ FORGE_TOKEN: token });
    expect((await createClient({ baseUrl: again.server.url, token }).getHealth()).body.capsules).toBe(200);
  });

  it('lets nothing open behind when the port is taken', async () => {
    const { server } = await start();
    const port = new URL(server.url).port;
    const other = join(folder, 'other');
    const taken = serve(readConfig({ FORGE_PORT: port, FORGE_DATA: other }), {
      print: () => undefined,
      log: createLog('silent'),
    });
    await expect(taken).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const free = await start({ FORGE_DATA: other });
    expect((await fetch(`${free.server.url}/v2/system/health`)).status).toBe(200);
  });

  it('refuses a folder that another server holds', async () => {
    await start();
    await expect(start()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  });

  it('[API-5] answers requests that are no HTTP, and headers without end, as problems', async () => {
    const { server } = await start();
    const broken = await raw(server.url, 'NONSENSE\r\n\r\n');
    expect(broken).toMatch(/^HTTP\/1\.1 400 /);
    expect(broken).toContain('"code":"MALFORMED_REQUEST"');
    const large = await raw(server.url, `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'a'.repeat(20_000)}\r\n\r\n`);
    expect(large).toMatch(/^HTTP\/1\.1 431 /);
    const badUrl = await raw(server.url, 'GET /v2/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(badUrl).toMatch(/^HTTP\/1\.1 400 /);
    expect(badUrl).toContain('application/problem+json');
  });

  it('[API-5] answers 413 to a body that is still being sent', async () => {
    const token = 'the-same-token-again';
    const { server } = await start({ FORGE_TOKEN: token });
    const response = await fetch(`${server.url}/v2/capsules`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'code', content: 'x'.repeat(5 * 1024 * 1024) }),
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'TOO_LARGE' });
  });
});

describe('the kept token', () => {
  it('[API-17] is closed to others again when a copy came back open', async () => {
    await writeFile(join(folder, 'token'), 'kept\n', { mode: 0o644 });
    expect(await ownerToken(folder, null)).toEqual({ token: 'kept', source: 'kept', file: tokenFile(folder) });
    expect(await modeOf(tokenFile(folder))).toBe('600');
  });

  it('[API-17] is never replaced when its file is damaged', async () => {
    await writeFile(join(folder, 'token'), '  \n');
    await expect(ownerToken(folder, null)).rejects.toThrow('holds no token');
  });
});
