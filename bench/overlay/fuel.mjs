/**
 * What metering costs: four kernels as they are and metered, turn by turn, and the same module under Wasmtime with and
 * without its own fuel, all in one run. Both count the same instructions, so the fuel used is compared too.
 *
 *   node bench/overlay/fuel.mjs [--rounds 25]
 *
 * Wasmtime's Python package is installed into `.cache/wasmtime` at the first run (needs `python3` with `venv`).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import asc from 'assemblyscript/asc';
import { prepareModule } from '../../packages/overlay-runtime/dist/index.js';
import { median } from '../shared/percentiles.mjs';
import { figure, saveResult } from '../shared/results.mjs';
import { pythonWithWasmtime } from './python-wasmtime.mjs';

const { WebAssembly } = globalThis;
const { values: args } = parseArgs({ options: { rounds: { type: 'string', default: '25' } } });
const ROUNDS = Number(args.rounds);
const BUDGET = 1n << 60n;
/** How much each kernel does: some 10 ms. */
const AMOUNTS = { fib: 32, sha256: 40_000, json: 100, matrix: 60 };
/** Until the engine has optimised everything. */
const WARM_UP = 8;

const bytes = await compiled();
const { bytes: metered } = prepareModule(bytes, { imports: [], handlers: [], memoryPages: 256 });
const ours = measureHere();
const theirs = measureWasmtime();
const kernels = Object.keys(AMOUNTS);
for (const kernel of kernels) {
  if (ours[kernel].result !== theirs[kernel].result) throw new Error(`${kernel}: the engines disagree on the result`);
  if (ours[kernel].used !== theirs[kernel].used) console.log(`${kernel}: Wasmtime counts ${theirs[kernel].used}`);
}

const percent = (ratio) => (ratio - 1) * 100;
const ratioOf = ({ plain, fuel }) => median(fuel) / median(plain);
const overheads = (side) => kernels.map((kernel) => ratioOf(side[kernel]));
const mean = (ratios) => ratios.reduce((product, ratio) => product * ratio, 1) ** (1 / ratios.length);

saveResult({
  bench: 'overlay-fuel',
  setup: { rounds: ROUNDS, moduleBytes: bytes.length, meteredBytes: metered.length },
  besideIs: "Wasmtime's own fuel",
  figures: [
    figure('fuel overhead, geometric mean', '%', percent(mean(overheads(ours))), {
      atMost: 20,
      beside: percent(mean(overheads(theirs))),
    }),
    figure('fuel overhead, worst', '%', percent(Math.max(...overheads(ours))), {
      atMost: 70,
      beside: percent(Math.max(...overheads(theirs))),
    }),
    ...kernels.map((kernel) =>
      figure(`${kernel}: fuel overhead`, '%', percent(ratioOf(ours[kernel])), {
        beside: percent(ratioOf(theirs[kernel])),
      }),
    ),
    ...kernels.map((kernel) =>
      figure(`${kernel}: metered`, 'ms', median(ours[kernel].fuel), { beside: median(theirs[kernel].fuel) }),
    ),
  ],
  details: Object.fromEntries(
    kernels.map((kernel) => [kernel, { fuel: ours[kernel].used, fuelOfWasmtime: theirs[kernel].used }]),
  ),
});

async function compiled() {
  const source = readFileSync(new URL('./kernel/kernels.ts', import.meta.url), 'utf8');
  let module;
  const flags = ['-O3', '--runtime', 'stub', '--use', 'abort=', '--outFile', 'kernels.wasm'];
  const { error, stderr } = await asc.main(['kernels.ts', ...flags], {
    readFile: (name) => (name === 'kernels.ts' ? source : null),
    writeFile: (name, contents) => {
      if (name === 'kernels.wasm') module = contents;
    },
    listFiles: () => [],
  });
  if (error !== null) throw new Error(`The kernels do not compile:\n${stderr.toString()}`, { cause: error });
  return module;
}

function measureHere() {
  const plain = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  const fuel = new WebAssembly.Instance(new WebAssembly.Module(metered)).exports;
  fuel['forge.fuel'].value = BUDGET;
  fuel['forge.start']?.();
  return Object.fromEntries(
    Object.entries(AMOUNTS).map(([kernel, amount]) => {
      const times = { plain: [], fuel: [] };
      let results;
      for (let round = -WARM_UP; round < ROUNDS; round += 1) {
        fuel['forge.fuel'].value = BUDGET;
        results = Object.entries({ plain, fuel }).map(([side, exports]) => {
          const started = performance.now();
          const result = exports[kernel](amount);
          if (round >= 0) times[side].push(performance.now() - started);
          return result;
        });
      }
      if (results[0] !== results[1]) throw new Error(`${kernel}: metering changed the result`);
      return [kernel, { ...times, used: Number(BUDGET - fuel['forge.fuel'].value), result: results[0] }];
    }),
  );
}

function measureWasmtime() {
  const folder = mkdtempSync(join(tmpdir(), 'overlay-fuel-'));
  try {
    const file = join(folder, 'kernels.wasm');
    writeFileSync(file, bytes);
    const runner = fileURLToPath(new URL('./wasmtime_runner.py', import.meta.url));
    return JSON.parse(execFileSync(pythonWithWasmtime(), [runner, file, String(ROUNDS), JSON.stringify(AMOUNTS)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
