import { describe, expect, it } from 'vitest';
import { type SpecRun, runScript } from '../fixtures/spec-run.js';
import { specCommands, specScripts } from '../fixtures/spec-suite.js';

describe("the WebAssembly specification's suite", () => {
  const runs: SpecRun[] = [];

  it.each(specScripts())(
    '[WSM-1] %s: what is valid is accepted, what is not is refused, and metered modules do what the originals do',
    (script) => {
      const run = runScript(specCommands(script));
      runs.push(run);
      expect(run.faults).toEqual([]);
    },
  );

  // Outside are modules that import a memory, a table, a global, or something of such a module: no overlay may.
  it('runs nearly all of it', () => {
    const total = (key: Exclude<keyof SpecRun, 'faults'>) => runs.reduce((sum, run) => sum + run[key], 0);
    expect({
      modules: total('modules'),
      outside: total('outside'),
      refused: total('refused'),
      assertions: total('assertions'),
      passedOver: total('passedOver'),
    }).toEqual({ modules: 1_043, outside: 97, refused: 2_211, assertions: 23_638, passedOver: 209 });
  });
});
