import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { MeteredGuest, NO_LIMITS, callExport, metered, shown } from '../fixtures/metered-pair.js';
import { specCommands, specScripts } from '../fixtures/spec-suite.js';
import { ModuleRefused } from '../module/module-refused.js';
import { OVERLAY_LIMITS } from '../module/module-limits.js';
import { readModule } from '../module/read-module.js';
import { capped } from './meter-module.js';
import { type GuestImports, engineAccepts, instantiate } from '../module/web-assembly.js';

const FUEL = 20_000n;
/** Tables and memories small enough for thousands of instances. */
const LIMITS = { ...OVERLAY_LIMITS, memoryPages: 16, tableElements: 2_000 };

/** Numbers from 0 up to `below`, the same for the same seed (mulberry32). */
function randomness(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** The module with a few bytes changed, left out, doubled or taken from elsewhere. */
function mutated(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  let result = [...bytes];
  for (let count = 1 + random(random(2) === 0 ? 1 : 4); count > 0 && result.length > 9; count -= 1) {
    const at = 8 + random(result.length - 8);
    const length = 1 + random(4);
    const part = result.slice(at, at + length);
    const kind = random(6);
    if (kind === 0) result[at] = random(256);
    else if (kind === 1) result[at] = (result[at] ?? 0) ^ (1 << random(8));
    else if (kind === 2) result[at] = ((result[at] ?? 0) + (random(2) === 0 ? 1 : 255)) & 0xff;
    else if (kind === 3) result.splice(at, length);
    else if (kind === 4) result.splice(8 + random(result.length - 8), 0, ...part);
    else result = result.slice(0, at);
  }
  return Uint8Array.from(result);
}

const modules = specScripts()
  .filter((script) => !/^(names|memory_copy|table_copy|table_init|float_exprs|f64_cmp|f32_cmp)$/.test(script))
  .flatMap((script) => specCommands(script).filter(({ type, wasm }) => type === 'module' && wasm !== undefined))
  .map(({ wasm }) => Buffer.from(wasm ?? '', 'base64'))
  .filter(({ length }) => length < 4_000);

/** A module as a compiler makes them: `bench/overlay/kernel` by AssemblyScript 0.28.20 with `-O2 --runtime stub`. */
const compiled = readFileSync(new URL('../fixtures/kernels.wasm', import.meta.url));

/** Functions that give zeros, for whatever the module imports. */
function stubs(bytes: Uint8Array): GuestImports {
  const imports: Record<string, Record<string, unknown>> = {};
  const layout = readModule(bytes, LIMITS);
  for (const { module, name, typeIndex } of layout.imports) {
    const results = layout.types[typeIndex]?.results ?? [];
    const zeros = results.map((type) => (type === 0x7e ? 0n : type >= 0x7c ? 0 : null));
    (imports[module] ??= {})[name] = () => (zeros.length > 1 ? zeros : zeros[0]);
  }
  return imports;
}

interface Tried {
  readonly calls: number;
  /** Calls that did the same in the module as it is. */
  readonly compared: number;
}

function tried(bytes: Uint8Array): 'refused' | Tried {
  let result: Uint8Array;
  try {
    result = metered(bytes, LIMITS);
  } catch (error) {
    if (error instanceof ModuleRefused) return 'refused';
    throw error;
  }
  if (!engineAccepts(result)) throw new Error(`Metered it is invalid: ${Buffer.from(bytes).toString('base64')}`);
  const layout = readModule(bytes, LIMITS);
  const imports = stubs(bytes);
  let guest: MeteredGuest;
  try {
    guest = new MeteredGuest(result, imports, FUEL);
  } catch {
    return { calls: 0, compared: 0 };
  }
  // What may grow further as it is than metered can do something else.
  const alike = isDeepStrictEqual(capped(layout, LIMITS), layout);
  let original = alike ? instantiate(bytes, imports) : null;
  let [calls, compared] = [0, 0];
  for (const { name, index } of layout.exports.filter(({ kind }) => kind === 'function')) {
    if (index < layout.imports.length) continue;
    const params = layout.types[layout.functionTypes[index] ?? -1]?.params ?? [];
    const args = params.map((type) => (type === 0x7e ? 5n : type >= 0x7c ? 5 : null));
    guest.refill(FUEL);
    const outcome = guest.call(name, ...args);
    calls += 1;
    expect(guest.fuel).toBeGreaterThanOrEqual(0n);
    expect(guest.fuel).toBeLessThanOrEqual(FUEL);
    if ('trap' in outcome) {
      // The stack of the machine must never be what ends it.
      expect(outcome.trap).not.toMatch(/call stack/i);
      if (outcome.trap === 'fuel' || outcome.trap === 'depth') original = null;
    }
    if (original === null) continue;
    compared += 1;
    expect(shown(callExport(original, name, args)), Buffer.from(bytes).toString('base64')).toBe(shown(outcome));
  }
  return { calls, compared };
}

describe('mutated modules', () => {
  it.each(Array.from({ length: 8 }, (_, i) => i + 1))(
    '[WSM-12] are refused, or run within their fuel and do what they do as they are: seed %i',
    (seed) => {
      const random = randomness(seed);
      const counts = { refused: 0, run: 0, calls: 0, compared: 0 };
      for (let i = 0; i < 5_000; i += 1) {
        const chosen = random(8) === 0 ? compiled : modules[random(modules.length)];
        const bytes = mutated(chosen ?? compiled, random);
        if (!engineAccepts(bytes)) {
          // The decoder does not rely on that: it must survive what the engine would have refused.
          try {
            readModule(bytes, NO_LIMITS);
          } catch (error) {
            if (!(error instanceof ModuleRefused)) throw error;
          }
          counts.refused += 1;
          continue;
        }
        const how = tried(bytes);
        if (how === 'refused') counts.refused += 1;
        else {
          counts.run += 1;
          counts.calls += how.calls;
          counts.compared += how.compared;
        }
      }
      expect(counts.run).toBeGreaterThan(300);
      expect(counts.compared).toBeGreaterThan(300);
    },
  );
});
