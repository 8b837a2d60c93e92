import { createOverlayRunner } from '@forge-cascade/overlay-runtime';
import { openMemoryStore } from '@forge-cascade/core';
import { buildServer, createLog } from '@forge-cascade/server';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './run-cli.js';

const TOKEN = 'test-token-0123456789';

let folder: string;
let overlay: string;
let url = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-authoring-'));
  overlay = join(folder, 'hello');
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

async function forge(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end();
  const env = { FORGE_DATA: join(folder, 'data'), ...(url === '' ? {} : { FORGE_URL: url, FORGE_TOKEN: TOKEN }) };
  const code = await runCli(args, { env, stdin, stdout: stdout as never, stderr: stderr as never });
  const read = (stream: PassThrough) => String(stream.read() ?? '');
  return { code, out: read(stdout), err: read(stderr) };
}

describe('writing an overlay', () => {
  it('[SDK-10] makes, builds, tests, installs and runs one, in the real sandbox', async () => {
    expect((await forge('overlay', 'init', 'hello', '--into', overlay)).out).toContain('Made hello');
    const built = JSON.parse((await forge('overlay', 'build', overlay, '--json')).out) as object;
    expect(built).toMatchObject({ id: 'hello', made: true, sha256: { 'overlay.wasm': expect.any(String) } });
    const tested = await forge('overlay', 'test', overlay, '--json');
    expect(tested.code).toBe(0);
    expect(JSON.parse(tested.out)).toMatchObject({
      sandbox: 'sandbox',
      failed: 0,
      results: [{ faults: [], calls: [{ fuel: expect.any(Number) }, { hostCalls: 3 }, { hostCalls: 0 }] }],
    });

    const store = await openMemoryStore();
    const runner = createOverlayRunner();
    const app = buildServer({ store, token: TOKEN, log: createLog('silent'), overlays: { runner } });
    try {
      await app.listen({ port: 0, host: '127.0.0.1' });
      url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
      expect((await forge('overlay', 'install', join(overlay, 'build'), '--enable')).out).toContain('ACTIVE');
      const run = await forge('overlay', 'run', 'hello', 'greet', '--input', '{"name": "Ada"}', '--json');
      expect(run).toMatchObject({ code: 0, err: '' });
      expect(JSON.parse(run.out)).toMatchObject({ output: { greeting: 'Hello, Ada', greeted: 1 }, fault: null });
    } finally {
      url = '';
      await app.close();
      await runner.close();
    }
  });

  it('[CLI-19] inspects a module: what it is when it is taken, and every reason and place when it is not', async () => {
    const wasm = join(overlay, 'build', 'overlay.wasm');
    const taken = await forge('overlay', 'inspect', wasm, '--json');
    expect(taken.code).toBe(0);
    expect(JSON.parse(taken.out)).toMatchObject({
      accepted: true,
      refusals: [],
      limits: { fuel_budget: { greet: 1_000_000 }, deadline_ms: 500, allowed_hosts: [], trust_required: 40 },
      report: {
        imports: expect.arrayContaining([
          expect.objectContaining({ name: 'host.db_write', capability: 'DATABASE_WRITE' }),
        ]) as unknown,
      },
    });
    const narrow = join(folder, 'narrow.json');
    const manifest = JSON.parse(await readFile(join(overlay, 'build', 'manifest.json'), 'utf8')) as object;
    await writeFile(narrow, JSON.stringify({ ...manifest, capabilities: [], fuel_budget: {}, exports: ['elsewhere'] }));
    const refused = await forge('overlay', 'inspect', wasm, '--manifest', narrow);
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(/✗ import at byte \d+: The import host\.db_write is not granted/);
    expect(refused.out).toContain('The module exports no function elsewhere');
    const damaged = join(folder, 'damaged.wasm');
    await writeFile(damaged, (await readFile(wasm)).subarray(0, 500));
    const cut = await forge('overlay', 'inspect', damaged);
    expect(cut.code).toBe(1);
    expect(cut.out).toMatch(/✗ malformed at byte \d+/);
    expect((await forge('overlay', 'inspect', join(folder, 'nothing.wasm'))).err).toContain('ENOENT');
    expect((await forge('overlay', 'inspect', wasm, '--manifest', damaged)).err).toContain('is no manifest');
  });

  it('[CLI-19] reads no file without end', async () => {
    const device = await forge('overlay', 'inspect', '/dev/zero');
    expect(device).toMatchObject({ code: 1, err: expect.stringContaining('/dev/zero is no regular file') as string });
    const large = join(folder, 'large.wasm');
    await writeFile(large, Buffer.alloc((4 << 20) + 1));
    expect((await forge('overlay', 'inspect', large)).err).toContain('has 4194305 bytes, more than 4194304');
  });

  it('[SDK-12] tests a module that has no sources, as it is there', async () => {
    const hand = join(folder, 'hand');
    await mkdir(join(hand, 'recorded'), { recursive: true });
    await copyFile(join(overlay, 'build', 'overlay.wasm'), join(hand, 'hello.wasm'));
    await copyFile(join(overlay, 'manifest.json'), join(hand, 'manifest.json'));
    for (const name of await readdir(join(overlay, 'recorded'))) {
      await copyFile(join(overlay, 'recorded', name), join(hand, 'recorded', name));
    }
    const { code, out } = await forge('overlay', 'test', hand);
    expect([code, out]).toEqual([0, expect.stringContaining('1 passed, 0 failed')]);
    await mkdir(join(hand, 'build'));
    await rename(join(hand, 'hello.wasm'), join(hand, 'build', 'overlay.wasm'));
    expect(await forge('overlay', 'test', hand)).toMatchObject({ code: 0 });
    await rm(join(hand, 'build'), { recursive: true });
    expect((await forge('overlay', 'test', hand)).err).toContain('there is no assembly/index.ts');
  });

  it('[SDK-10] ends with 1 and the place when a call comes out otherwise', async () => {
    const source = join(overlay, 'assembly', 'index.ts');
    await writeFile(source, (await readFile(source, 'utf8')).replace("+ ', ' +", "+ '; ' +"));
    const { code, out } = await forge('overlay', 'test', overlay);
    expect(code).toBe(1);
    expect(out).toContain('call 1 (greet): the output is {"greeting":"Hello; Ada","greeted":1}');
    expect(out).toContain('0 passed, 1 failed');
  });

  it('[SDK-10] says what to do about a folder, a manifest or sources that will not do', async () => {
    expect((await forge('overlay', 'init', 'hello', '--into', overlay)).err).toContain('the folder is not empty');
    expect((await forge('overlay', 'build', folder)).err).toContain('Make an overlay with forge overlay init NAME');
    await writeFile(join(overlay, 'assembly', 'index.ts'), 'export function greet(): i64 { return x; }');
    const { code, err } = await forge('overlay', 'build', overlay);
    expect(code).toBe(1);
    expect(err).toContain("Cannot find name 'x'");
    await rm(join(overlay, 'recorded'), { recursive: true });
    expect((await forge('overlay', 'test', overlay)).err).toContain('There are no recorded calls');
  });
});
