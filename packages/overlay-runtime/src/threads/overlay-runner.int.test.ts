import { createHash } from 'node:crypto';
import binaryen from 'binaryen';
import { afterAll, describe, expect, it } from 'vitest';
import { createOverlayRunner, type HostAnswers, type RunnableManifest } from '@forge-cascade/overlay-runtime';
import { ECHO, moduleText, type GuestText } from './fixtures/guest-text.js';

const runner = createOverlayRunner({ spares: 1 });
afterAll(() => runner.close());

const ok: HostAnswers = () => Promise.resolve('{"ok":null}');
const assemble = (text: GuestText): Uint8Array => binaryen.parseText(moduleText(text)).emitBinary();

const manifestOf = (exports: readonly string[], more: Partial<RunnableManifest> = {}): RunnableManifest => ({
  capabilities: ['DATABASE_READ'],
  exports,
  fuelBudget: {},
  memoryLimitPages: 256,
  deadlineMs: 10_000,
  config: {},
  ...more,
});

const COUNTING: GuestText = {
  imports: ['db_read', 'get_config'],
  more: `(global $count (mut i32) (i32.const 0)) (data (i32.const 16) "0123456789{\\"op\\":1}")
    (func $deeper (param i64) (result i64) (i64.add (local.get 0) (call $deeper (i64.add (local.get 0) (i64.const 1)))))`,
  handlers: {
    initialize: '(global.set $count (i32.add (global.get $count) (local.get $len))) (i64.const 0)',
    count: `(global.set $count (i32.add (global.get $count) (i32.const 1)))
            (call $packed (i32.add (i32.const 16) (i32.rem_u (global.get $count) (i32.const 10))) (i32.const 1))`,
    ask: '(call $db_read (i32.const 26) (i32.const 8))',
    echo: ECHO,
    spin: '(loop $again (br $again)) (unreachable)',
    deep: '(call $deeper (i64.const 1))',
    fill: '(loop $again (memory.fill (i32.const 0) (i32.const 0) (i32.const 4000000)) (br $again)) (unreachable)',
    bomb: '(loop $again (drop (memory.grow (i32.const 1))) (br $again)) (unreachable)',
  },
};
const EXPORTS = Object.keys(COUNTING.handlers);
const bytes = assemble(COUNTING);

describe('the runner', () => {
  it('[THR-50] names a module by its bytes and prepares the same content once', async () => {
    const manifest = manifestOf(EXPORTS);
    const prepared = await runner.prepare(bytes, manifest);
    expect(prepared.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(prepared.imports).toEqual(['host.db_read', 'host.get_config']);
    expect(prepared.exports).toContain('count');
    expect(await runner.prepare(bytes.slice(), { ...manifest, deadlineMs: 5 })).toBe(prepared);
    expect(await runner.prepare(bytes, { ...manifest, memoryLimitPages: 100 })).not.toBe(prepared);
  });

  it('[THR-50] refuses a module that its manifest does not cover, saying where and what to do', async () => {
    const refused = await runner
      .prepare(bytes, manifestOf(EXPORTS, { capabilities: [] }))
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: 'OverlayRefused', code: 'import', offset: expect.any(Number) as unknown });
    expect((refused as Error).message).toMatch(/host[.]db_read is not granted[.] \(at byte \d+\) Add its capability/);
    const missing = runner.prepare(bytes, manifestOf(['count', 'absent']));
    await expect(missing).rejects.toMatchObject({ name: 'OverlayRefused', code: 'export' });
    await expect(
      runner.run('x', { sha256: 'ab', instrumenter: '', imports: [], exports: [] }, manifestOf(EXPORTS), {
        handler: 'count',
        input: '{}',
        host: ok,
      }),
    ).rejects.toThrow('was not prepared by this runner');
  });

  it('[THR-51] keeps an overlay whose manifest says the same, and begins anew when it changed', async () => {
    const call = { handler: 'count', input: '{}', host: ok };
    const manifest = manifestOf(EXPORTS);
    const prepared = await runner.prepare(bytes, manifest);
    const first = await runner.run('a', prepared, manifest, call);
    // {"config":{}} has 13 bytes.
    expect(first).toMatchObject({ output: '4', ordinal: 0, initialized: { hostCalls: 0 } });
    expect(await runner.run('a', prepared, structuredClone(manifest), call)).toMatchObject({
      output: '5',
      instance: first.instance,
    });
    expect(await runner.run('b', prepared, manifest, call)).toMatchObject({ output: '4', ordinal: 0 });
    const changed = { ...manifest, config: { a: 1 } };
    expect(await runner.run('a', prepared, changed, call)).toMatchObject({ output: '9', ordinal: 0 });
    await runner.discard('a');
    expect(await runner.run('a', prepared, changed, call)).toMatchObject({ output: '9', ordinal: 0 });
  });

  it('[THR-52] meters handlers: fuel is the same in every instance and bounds every loop', async () => {
    const manifest = manifestOf(EXPORTS, { fuelBudget: { spin: 200_000, fill: 3_000_000, bomb: 3_000_000 } });
    const prepared = await runner.prepare(bytes, manifest);
    const run = (handler: string) => runner.run('metered', prepared, manifest, { handler, input: '{}', host: ok });
    const { fuel } = await run('count');
    expect(fuel).toBeGreaterThan(5);
    expect(fuel).toBeLessThan(200);
    for (let i = 0; i < 1_000; i++) expect((await run('count')).fuel).toBe(fuel);
    expect((await run('ask')).fuel).toBeGreaterThan(1_000 + 2 * (8 + 11));
    await expect(run('spin')).rejects.toMatchObject({ code: 'out_of_fuel', fuel: 200_000 });
    await expect(run('fill')).rejects.toMatchObject({ code: 'out_of_fuel', fuel: 3_000_000 });
    await expect(run('bomb')).rejects.toMatchObject({ code: 'out_of_fuel', fuel: 3_000_000 });
    expect((await run('count')).fuel).toBe(fuel);
  });

  it('[THR-52] ends recursion at a depth that is the same everywhere', async () => {
    const manifest = manifestOf(EXPORTS, { fuelBudget: { deep: 1_000_000_000 } });
    const prepared = await runner.prepare(bytes, manifest);
    const deep = async (id: string): Promise<unknown> => {
      const call = { handler: 'deep', input: '{}', host: ok };
      const error: unknown = await runner.run(id, prepared, manifest, call).catch((fault: unknown) => fault);
      return { ...(error as object), instance: null };
    };
    const first = await deep('one');
    expect(first).toMatchObject({ code: 'stack_exhausted' });
    expect(await deep('one')).toEqual(first);
    expect(await deep('two')).toEqual(first);
  });
});
