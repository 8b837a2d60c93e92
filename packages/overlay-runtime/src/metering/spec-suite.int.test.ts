import { describe, expect, it } from 'vitest';
import { type SpecRun, runScript } from '../fixtures/spec-run.js';
import { specCommands, specScripts, wasmtimeFuel } from '../fixtures/spec-suite.js';

describe("the WebAssembly specification's suite", () => {
  const runs: SpecRun[] = [];
  const used = new Map<string, SpecRun['fuel']>();

  it.each(specScripts())(
    '[WSM-1] %s: what is valid is accepted, what is not is refused, and metered modules do what the originals do',
    (script) => {
      const run = runScript(specCommands(script));
      runs.push(run);
      used.set(script, run.fuel);
      expect(run.faults).toEqual([]);
    },
  );

  // Outside are modules that import a memory, a table, a global, or something of such a module: no overlay may.
  it('runs nearly all of it', () => {
    const total = (key: Exclude<keyof SpecRun, 'faults' | 'fuel'>) => runs.reduce((sum, run) => sum + run[key], 0);
    expect({
      modules: total('modules'),
      outside: total('outside'),
      refused: total('refused'),
      assertions: total('assertions'),
      passedOver: total('passedOver'),
    }).toEqual({ modules: 1_043, outside: 97, refused: 2_211, assertions: 23_638, passedOver: 209 });
  });

  it('[WSM-13] its calls use the fuel that Wasmtime counts', () => {
    const others = Object.entries(wasmtimeFuel()).flatMap(([script, lines]) =>
      Object.entries(lines).map(([line, fuel]) => ({
        at: `${script}.wast:${line}`,
        fuel,
        ours: used.get(script)?.get(Number(line)),
      })),
    );
    expect(others).toHaveLength(20_790);
    expect(others.filter(({ fuel, ours }) => fuel !== ours)).toEqual([]);
  });
});
