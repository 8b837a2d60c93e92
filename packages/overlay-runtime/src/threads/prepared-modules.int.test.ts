import binaryen from 'binaryen';
import { describe, expect, it } from 'vitest';
import { ECHO, moduleText } from './fixtures/guest-text.js';
import { PreparedModules } from './prepared-modules.js';
import type { RunnableManifest } from './runner-port.js';

const bytes = binaryen.parseText(moduleText({ handlers: { run: ECHO }, memory: '1 100' })).emitBinary();
const MANIFEST: RunnableManifest = {
  capabilities: ['DATABASE_READ', 'EVENT_PUBLISH'],
  exports: ['run'],
  fuelBudget: {},
  memoryLimitPages: 20,
  deadlineMs: 1_000,
  config: {},
};

describe('prepared modules', () => {
  it('[WSM-11] are prepared once for the same content under the same rules', async () => {
    const modules = new PreparedModules();
    const first = await modules.prepare(bytes, MANIFEST);
    const reversed = { ...MANIFEST, capabilities: [...MANIFEST.capabilities].reverse() };
    expect(await modules.prepare(bytes.slice(), reversed)).toBe(first);
    const wider = await modules.prepare(bytes, { ...MANIFEST, memoryLimitPages: 21 });
    expect(wider).not.toBe(first);
    const { WebAssembly } = globalThis as unknown as {
      WebAssembly: { Instance: new (module: unknown) => { exports: { memory: { grow(pages: number): number } } } };
    };
    const grown = (module: typeof first) => () =>
      new WebAssembly.Instance(modules.compiled(module)).exports.memory.grow(20);
    expect(grown(wider)).not.toThrow();
    expect(grown(first)).toThrow(RangeError);
  });

  it('[WSM-11] what was accepted under one set of rules is not under another', async () => {
    const modules = new PreparedModules();
    await modules.prepare(bytes, MANIFEST);
    await expect(modules.prepare(bytes, { ...MANIFEST, exports: ['walk'] })).rejects.toThrow('no function walk');
  });

  it('[WSM-11] lets go of what was not asked for the longest', async () => {
    const modules = new PreparedModules(2);
    const at = (memoryLimitPages: number) => modules.prepare(bytes, { ...MANIFEST, memoryLimitPages });
    const [first, second] = [await at(1), await at(2)];
    expect(await at(1)).toBe(first);
    await at(3);
    expect(await at(1)).toBe(first);
    expect(await at(2)).not.toBe(second);
  });
});
