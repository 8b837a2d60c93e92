import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { moduleFaults } from '../module/module-faults.js';
import { MemoryHost } from './host-answers.js';
import { OverlayInstance } from './overlay-instance.js';

/** Not a literal, because the compiler's own declarations name globals that are not those of Node. */
const BINARYEN: string = 'assemblyscript/binaryen';

interface Binaryen {
  readonly Features: { readonly BulkMemory: number; readonly BulkMemoryOpt: number };
  parseText(text: string): { setFeatures(features: number): void; validate(): number; emitBinary(): Uint8Array };
}

const MANIFEST = {
  abi: 1,
  id: 'by_hand',
  name: 'By hand',
  version: '1.0.0',
  capabilities: ['DATABASE_READ'],
  exports: ['echo', 'ask', 'count', 'nothing', 'health_check'],
};

describe('a module written by hand', () => {
  let module: Uint8Array;

  beforeAll(async () => {
    const { default: binaryen } = (await import(BINARYEN)) as { readonly default: Binaryen };
    const parsed = binaryen.parseText(await readFile(new URL('fixtures/by-hand.wat', import.meta.url), 'utf8'));
    parsed.setFeatures(binaryen.Features.BulkMemory | binaryen.Features.BulkMemoryOpt);
    expect(parsed.validate()).toBe(1);
    module = parsed.emitBinary();
  });

  it('[SDK-11] fits its manifest, calls the host, and keeps its memory', () => {
    expect(moduleFaults(module, MANIFEST)).toEqual([]);
    const host = new MemoryHost();
    host.state.set('n', { any: ['thing', 'ü'] });
    const overlay = new OverlayInstance(module, MANIFEST, host.answer);
    expect(overlay.run('echo', { text: 'grüße' })).toEqual({ text: 'grüße' });
    expect(overlay.logs).toEqual([{ level: 'info', text: 'by hand' }]);
    expect(overlay.run('ask', null)).toEqual({ ok: { any: ['thing', 'ü'] } });
    expect([overlay.run('count', 0), overlay.run('count', 0)]).toEqual([1, 2]);
    expect(overlay.run('nothing', {})).toBeNull();
    expect(overlay.run('health_check', {})).toEqual({ healthy: true });
  });

  it('[SDK-11] gives back what it took, and says when it has no room', () => {
    const overlay = new OverlayInstance(module, MANIFEST);
    for (let i = 0; i < 500; i++) expect(overlay.runText('echo', `"${'x'.repeat(50_000)}"`)).toHaveLength(50_002);
    expect(overlay.pages).toBe(2);
    expect(() => overlay.runText('echo', `"${'x'.repeat(200_000)}"`)).toThrow('made no room for 200002 bytes');
  });

  it('[SDK-4] is refused by a manifest without the capability', () => {
    expect(moduleFaults(module, { ...MANIFEST, capabilities: [] })).toEqual([expect.stringContaining('DATABASE_READ')]);
    expect(moduleFaults(new Uint8Array([0, 1, 2]), MANIFEST)).toEqual([
      expect.stringContaining('no valid WebAssembly'),
    ]);
  });
});
