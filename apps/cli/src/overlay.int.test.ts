import { openMemoryStore } from '@forge-cascade/core';
import { ScriptedRunner, ScriptFault, type Script } from '@forge-cascade/core/contract';
import { buildServer, createLog } from '@forge-cascade/server';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './run-cli.js';

const TOKEN = 'test-token-0123456789';
const greeter: Script = {
  greet: async (input, host) => {
    if (input === 'trap') throw new ScriptFault('trap');
    await host.call('event_publish', { type: 'greeted', payload: {} });
    return { hello: input };
  },
  hear: (input) => input,
};

let folder: string;
let url: string;
let close: () => Promise<unknown>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-overlay-'));
  const store = await openMemoryStore();
  const runner = new ScriptedRunner({ greeter });
  const app = buildServer({ store, token: TOKEN, log: createLog('silent'), overlays: { runner } });
  await app.listen({ port: 0, host: '127.0.0.1' });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  close = () => app.close();
  for (const [id, subscriptions] of [
    ['greeter', []],
    ['hearer', [{ type: 'greeted', handler: 'hear' }]],
  ] as const) {
    await mkdir(join(folder, id));
    const capabilities = ['EVENT_PUBLISH', 'EVENT_SUBSCRIBE'];
    const manifest = {
      abi: 1,
      id,
      name: id,
      version: '1.0.0',
      capabilities,
      exports: ['greet', 'hear'],
      subscriptions,
    };
    await writeFile(join(folder, id, 'manifest.json'), JSON.stringify(manifest));
    await writeFile(join(folder, id, `${id}.wasm`), ScriptedRunner.module('greeter'));
  }
});
afterAll(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

async function forge(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end();
  const env = { FORGE_URL: url, FORGE_TOKEN: TOKEN, FORGE_DATA: join(folder, 'data') };
  const code = await runCli(args, { env, stdin, stdout: stdout as never, stderr: stderr as never });
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

describe('forge overlay', () => {
  it('[CLI-18] installs, lists, runs, replays and disables, and draws the cascade', async () => {
    expect((await forge('overlay', 'list')).out).toContain('There are no overlays.');
    const installed = await forge('overlay', 'install', join(folder, 'greeter'), '--trust', '80');
    expect(installed).toMatchObject({ code: 0, out: 'greeter 1.0.0 is VALIDATED, trust 80.\n' });
    expect((await forge('overlay', 'enable', 'greeter')).out).toBe('greeter 1.0.0 is ACTIVE.\n');
    await forge('overlay', 'install', join(folder, 'hearer'), '--enable');
    expect((await forge('overlay', 'list')).out).toMatch(
      /greeter\s+1\.0\.0\s+ACTIVE\s+80\s[^]*hearer\s+1\.0\.0\s+ACTIVE\s+60/,
    );
    const run = await forge('overlay', 'run', 'greeter', 'greet', '--input', '"you"', '--json');
    const body = JSON.parse(run.out) as { output: unknown; receipt_id: string; correlation_id: string };
    expect(body.output).toEqual({ hello: 'you' });
    await expect.poll(async () => (await forge('cascade', body.correlation_id)).code).toBe(0);
    const { out } = await forge('cascade', body.correlation_id);
    expect(out).toMatch(/^└─ greeter ─ greeted → hearer\.hear {2}.*\n1 hop, at most 1 in a row\n$/);
    const again = await forge('overlay', 'replay', body.receipt_id);
    expect(again).toMatchObject({ code: 0 });
    expect(again.out).toMatch(/^The same: 1 call of greeter made again, fuel \d+\.\n$/);
    expect((await forge('overlay', 'disable', 'greeter', '--reason', 'enough')).out).toBe(
      'greeter 1.0.0 is DISABLED.\n',
    );
  });

  it('[CLI-4] says in JSON what was not understood, whoever found it', async () => {
    for (const args of [
      ['install', join(folder, 'greeter'), '--trust', 'abc'],
      ['run', 'greeter', 'greet', '--input', '{'],
      ['list', '--nothing'],
    ]) {
      const { code, out } = await forge('overlay', ...args, '--json');
      expect(code).toBe(2);
      expect(JSON.parse(out)).toMatchObject({ code: 'INVALID_INPUT', detail: expect.any(String) as string });
    }
  });

  it('[CLI-18] ends with 1 for a fault, what cannot be done and what is not there, and with 2 for bad input', async () => {
    await forge('overlay', 'enable', 'greeter');
    const fault = await forge('overlay', 'run', 'greeter', 'greet', '--input', '"trap"');
    expect([fault.code, fault.out]).toEqual([
      1,
      expect.stringMatching(/^trap: ended with trap\nfuel \d+, host calls 0\n/),
    ]);
    expect((await forge('overlay', 'run', 'greeter', 'greet', '--input', '{')).code).toBe(2);
    expect(await forge('overlay', 'run', 'greeter', 'nothing')).toMatchObject({ code: 1 });
    expect((await forge('overlay', 'install', join(folder, 'nowhere'))).err).toContain('There is no folder');
    expect((await forge('overlay', 'enable', 'nobody')).err).toContain('There is no overlay with this id.');
    expect((await forge('cascade', 'nothing')).code).toBe(1);
  });
});
