import { describe, expect, it } from 'vitest';
import wabt from 'wabt';
import { MeteredGuest, type Outcome, callExport, metered } from '../fixtures/metered-pair.js';
import { instantiate } from '../module/web-assembly.js';
import { prepareModule } from './prepare-module.js';

const { parseWat } = await wabt();

/** Bytes of a module in the text format. */
const wat = (text: string): Uint8Array => {
  const module = parseWat('hostile.wat', text, { multi_value: true, bulk_memory: true, reference_types: true });
  try {
    return module.toBinary({}).buffer.slice();
  } finally {
    module.destroy();
  }
};

const BUDGET = 5_000_000n;

/** How the export `run` ends under the usual budget, and what is left of it. */
function runOf(text: string): { outcome: Outcome; left: bigint } {
  const guest = new MeteredGuest(metered(wat(text)), {}, BUDGET);
  const outcome = guest.call('run');
  return { outcome, left: guest.fuel };
}

const FUEL: Outcome = { trap: 'fuel' };
const DEPTH: Outcome = { trap: 'depth' };

describe('hostile modules', () => {
  it.each([
    ['a loop', '(func (export "run") (loop (br 0)))'],
    ['a loop by br_if', '(func (export "run") (loop (br_if 0 (i32.const 1))))'],
    ['a loop by br_table', '(func (export "run") (loop (br_table 0 0 0 (i32.const 7))))'],
    ['a loop that branches past an inner one', '(func (export "run") (loop (loop (loop (br 2)))))'],
    ['a loop through an if', '(func (export "run") (loop (if (i32.const 1) (then (br 1)) (else (br 1)))))'],
    ['a loop that costs as little as can be', '(func (export "run") (loop (nop) (block (nop)) (br 0)))'],
    [
      'a loop in an arm behind a returning one',
      '(func (export "run") (if (i32.const 0) (then (return))) (loop (br 0)))',
    ],
    [
      'two loops that take turns',
      `(func (export "run") (local $i i32) (loop $out (loop $in (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $in (i32.and (local.get $i) (i32.const 1))) (br $out))))`,
    ],
    ['calls that call', '(func $empty) (func (export "run") (loop (call $empty) (br 0)))'],
    [
      'calls through a table',
      `(type $v (func)) (table 1 funcref) (elem (i32.const 0) $empty) (func $empty)
       (func (export "run") (loop (call_indirect (type $v) (i32.const 0)) (br 0)))`,
    ],
    [
      'calls that double at each of sixty levels',
      Array.from(
        { length: 60 },
        (_, i) => `(func $f${i} ${i === 0 ? '' : `(call $f${i - 1}) (call $f${i - 1})`})`,
      ).join('') + '(func (export "run") (call $f59))',
    ],
    [
      'memory.fill',
      '(memory 256) (func (export "run") (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 16777216)) (br 0)))',
    ],
    [
      'memory.copy',
      '(memory 256) (func (export "run") (loop (memory.copy (i32.const 0) (i32.const 1) (i32.const 16777215)) (br 0)))',
    ],
    [
      'memory.init',
      `(memory 1) (data $d "${'x'.repeat(60_000)}")
       (func (export "run") (loop (memory.init $d (i32.const 0) (i32.const 0) (i32.const 60000)) (br 0)))`,
    ],
    ['memory.grow by nothing', '(memory 1) (func (export "run") (loop (drop (memory.grow (i32.const 0))) (br 0)))'],
    [
      'memory.grow beyond the maximum',
      '(memory 1) (func (export "run") (loop (drop (memory.grow (i32.const -1))) (br 0)))',
    ],
    [
      'table.fill',
      '(table 20000 funcref) (func (export "run") (loop (table.fill (i32.const 0) (ref.null func) (i32.const 20000)) (br 0)))',
    ],
    [
      'table.copy',
      '(table 20000 funcref) (func (export "run") (loop (table.copy (i32.const 0) (i32.const 1) (i32.const 19999)) (br 0)))',
    ],
    [
      'table.init',
      `(table 5000 funcref) (elem $e func ${'$f '.repeat(5_000)}) (func $f)
       (func (export "run") (loop (table.init $e (i32.const 0) (i32.const 0) (i32.const 5000)) (br 0)))`,
    ],
    [
      'table.grow by nothing',
      '(table 1 funcref) (func (export "run") (loop (drop (table.grow (ref.null func) (i32.const 0))) (br 0)))',
    ],
  ])('[WSM-2] %s: ends for want of fuel with nothing left', (_, body) => {
    expect(runOf(`(module ${body})`)).toEqual({ outcome: FUEL, left: 0n });
  });

  it.each([
    [
      'memory.fill',
      '(memory 256) (func (export "run") (memory.fill (i32.const 0) (i32.const 1) (i32.const 16777216)))',
      1_048_576n,
    ],
    [
      'table.fill',
      '(table 20000 funcref) (func (export "run") (table.fill (i32.const 0) (ref.null func) (i32.const 20000)))',
      320_000n,
    ],
    ['memory.grow', '(memory 1) (func (export "run") (drop (memory.grow (i32.const 100))))', 409_600n],
    [
      'table.grow',
      '(table 1 funcref) (func (export "run") (drop (table.grow (ref.null func) (i32.const 100))))',
      1_600n,
    ],
  ])('[WSM-3] %s is charged by size before it runs', (_, body, cost) => {
    const { outcome, left } = runOf(`(module ${body})`);
    expect(outcome).toEqual({ values: [] });
    expect(BUDGET - left).toBeGreaterThanOrEqual(cost);
    expect(BUDGET - left).toBeLessThan(cost + 10n);
    const guest = new MeteredGuest(metered(wat(`(module ${body})`)), {}, cost - 1n);
    expect(guest.call('run')).toEqual(FUEL);
  });

  it.each([
    ['calling itself', '(func $f (export "run") (call $f))'],
    ['calling each other', '(func $f (export "run") (call $g)) (func $g (call $f))'],
    [
      'calling itself through a table',
      '(type $v (func)) (table 1 funcref) (elem (i32.const 0) $f) (func $f (export "run") (call_indirect (type $v) (i32.const 0)))',
    ],
    [
      'calling itself through a reference put into a table',
      `(type $v (func)) (table 1 funcref) (elem declare func $f)
       (func $f (export "run") (table.set (i32.const 0) (ref.func $f)) (call_indirect (type $v) (i32.const 0)))`,
    ],
    ['calling itself with many locals', `(func $f (export "run") (local ${'i64 '.repeat(3_000)}) (call $f))`],
    [
      'calling itself with many operands',
      `(func $f (export "run") (result i32) ${'(i32.const 1)'.repeat(2_000)} (call $f) ${'(i32.add)'.repeat(2_000)})`,
    ],
    [
      'a chain of many functions that are not recursive',
      Array.from({ length: 19_000 }, (_, i) => `(func $f${i} ${i === 0 ? '' : `(call $f${i - 1})`})`).join('') +
        '(func (export "run") (call $f18999))',
    ],
  ])('[WSM-4] recursion ends at the depth of calls, and not by the stack of the machine: %s', (_, body) => {
    expect(runOf(`(module ${body})`).outcome).toEqual(DEPTH);
  });

  it('[WSM-4] the depth is given back when calls return, on every way out', () => {
    const text = `(module (func $f (export "run") (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
      (drop (br_if 0 (i32.const 2) (i32.eq (local.get 0) (i32.const 1))))
      (drop (block (result i32) (br_table 0 1 (i32.const 3) (i32.and (local.get 0) (i32.const 1)))))
      (i32.add (i32.const 4) (call $f (i32.sub (local.get 0) (i32.const 2))))))`;
    const guest = new MeteredGuest(metered(wat(text)), {}, BUDGET);
    const depth = guest.exports['forge.depth'] as { value: number };
    const before = depth.value;
    for (let n = 0; n < 40; n += 1) expect(guest.call('run', n)).toHaveProperty('values');
    expect(depth.value).toBe(before);
  });

  it('[WSM-4] a function that calls itself directly, through others and through a table counts one depth for all', () => {
    const text = `(module (type $t (func (param i32 i64) (result i64 i32))) (table 2 funcref) (elem (i32.const 0) $f)
      (func $f (type $t) (local $a i32) (local $b i64)
        (local.set $a (i32.sub (local.get 0) (i32.const 1)))
        (local.set $b (i64.add (local.get 1) (i64.extend_i32_u (local.get 0))))
        (if (i32.le_s (local.get 0) (i32.const 0)) (then (return (local.get $b) (local.tee $a (i32.const 7)))))
        (if (result i64 i32) (i32.rem_u (local.get 0) (i32.const 3))
          (then (call $f (local.get $a) (local.get $b)))
          (else (call $outside) (call_indirect (type $t) (local.get $a) (local.get $b) (i32.const 0)))))
      (func $outside (drop (call $g (i32.const 5))))
      (func $g (param i32) (result i32)
        (if (result i32) (local.get 0) (then (call $g (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 0))))
      (func (export "run") (param i32) (result i64 i32) (call $outside) (call $f (local.get 0) (i64.const 1))))`;
    const guest = new MeteredGuest(metered(wat(text)), {}, BUDGET);
    const depth = guest.exports['forge.depth'] as { value: number };
    const before = depth.value;
    const original = instantiate(wat(text), {});
    for (const n of [0, 1, 2, 3, 50, 1_000]) {
      expect(guest.call('run', n)).toEqual(callExport(original, 'run', [n]));
      expect(depth.value).toBe(before);
    }
    const deepest = (n: number) => new MeteredGuest(metered(wat(text)), {}, BUDGET).call('run', n);
    expect(deepest(1_000_000)).toEqual(DEPTH);
    expect(deepest(1_000_000)).toEqual(deepest(100_000));
  });

  it('[WSM-2] a function that calls itself ends for want of fuel with nothing left, and has paid for what the host sees', () => {
    const seen: bigint[] = [];
    const text = `(module (import "forge_v1" "look" (func $look)) (func $f (export "run") (param i32)
      (if (i32.eqz (local.get 0)) (then (call $look) (return)))
      (call $f (i32.sub (local.get 0) (i32.const 1))) (call $look)))`;
    const guest: MeteredGuest = new MeteredGuest(
      metered(wat(text)),
      { forge_v1: { look: () => void seen.push(guest.fuel) } },
      BUDGET,
    );
    expect(guest.call('run', 3)).toEqual({ values: [] });
    const used = BUDGET - guest.fuel;
    // What follows a call is paid for before it: from the innermost on, nothing is left to pay.
    expect(used).toBeGreaterThan(3n * 4n);
    expect(seen).toEqual(Array.from({ length: 4 }, () => BUDGET - used));
    guest.refill(used - 1n);
    expect(guest.call('run', 3)).toEqual(FUEL);
    expect(guest.fuel).toBe(0n);
    guest.refill(used);
    expect(guest.call('run', 3)).toEqual({ values: [] });
    expect(guest.fuel).toBe(0n);
  });

  it('[WSM-5] the start function does not run by itself, and has to pay like any', () => {
    const bytes = metered(wat('(module (func $start (loop (br 0))) (start $start) (func (export "run")))'));
    expect(() => new MeteredGuest(bytes, {}, BUDGET)).toThrow('unreachable');
  });

  it('[WSM-6] a thousand runs use the same fuel and give the same', () => {
    const bytes = metered(
      wat(`(module (memory 1) (func $f (export "run") (param $n i32) (result i32) (local $i i32)
        (loop $l (i32.store (i32.shl (local.get $i) (i32.const 2)) (local.get $n))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $l (i32.lt_u (local.get $i) (i32.const 50))))
        (memory.fill (i32.const 0) (local.get $n) (i32.const 333))
        (if (result i32) (local.get $n) (then (i32.add (i32.load (i32.const 8)) (call $f (i32.sub (local.get $n) (i32.const 1))))) (else (i32.const 3)))))`),
    );
    const seen = new Set<string>();
    const guest = new MeteredGuest(bytes, {}, 0n);
    for (let i = 0; i < 1_000; i += 1) {
      const one = i % 10 === 0 ? new MeteredGuest(bytes, {}, 0n) : guest;
      one.fuel = BUDGET;
      seen.add(`${JSON.stringify(one.call('run', 20))} ${one.fuel}`);
    }
    expect([...seen]).toHaveLength(1);
  });
});

describe('modules that overlays may not be', () => {
  const rules = { imports: ['log'], handlers: ['run'], memoryPages: 256 };
  const abi = `(memory (export "memory") 1) (func (export "ov_alloc") (param i32) (result i32) (i32.const 0))
    (func (export "ov_free") (param i32 i32)) (func (export "run") (param i32 i32) (result i64) (i64.const 0))`;
  const prepared = (bytes: Uint8Array) => prepareModule(bytes, rules);

  it('[WSM-7] what meets the ABI is taken', () => {
    const { report } = prepared(wat(`(module (import "host" "log" (func (param i32 i32 i32))) ${abi})`));
    expect(report).toMatchObject({
      imports: [{ name: 'host.log', type: '(i32, i32, i32) -> ()' }],
      memory: { minimum: 1, maximum: 256 },
      functions: 3,
      start: false,
    });
    expect(report.exports.map(({ name }) => name)).toEqual(['memory', 'ov_alloc', 'ov_free', 'run']);
  });

  it.each([
    ['an import that is not in the ABI', '(import "host" "open" (func))', 'import', 'host.open'],
    ['an import from elsewhere', '(import "env" "log" (func (param i32 i32 i32)))', 'import', 'env.log'],
    ['an import of another type', '(import "host" "log" (func (param i32 i32)))', 'import', '(i32, i32) -> ()'],
    [
      'an import that is not granted',
      '(import "host" "db_read" (func (param i32 i32) (result i64)))',
      'import',
      'not granted',
    ],
    ['an imported memory', '(import "host" "memory" (memory 1))', 'unsupported', 'host.memory is a memory'],
    ['an imported table', '(import "host" "table" (table 1 funcref))', 'unsupported', 'host.table is a table'],
    ['an imported global', '(import "host" "global" (global i32))', 'unsupported', 'host.global is a global'],
    ['a reserved export', '(func (export "forge.fuel"))', 'export', 'forge.fuel'],
    ['a large memory', '', 'too_large', '257 pages'],
    ['a large table', '(table 20001 funcref)', 'too_large', '20000 elements'],
    ['many locals', `(func (local ${'i32 '.repeat(4_001)}))`, 'too_large', '4000 locals'],
    ['large code', `(func ${'(drop (i32.const 100000))'.repeat(110_000)})`, 'too_large', 'bytes, more than'],
    ['many functions', '(func)'.repeat(20_000), 'too_large', 'functions'],
    ['many globals', '(global i32 (i32.const 0))'.repeat(4_001), 'too_large', 'globals'],
    [
      'many types',
      Array.from({ length: 2_001 }, (_, i) => `(type (func (param ${i % 2 ? 'i32' : 'i64'})))`).join(''),
      'too_large',
      'types',
    ],
    ['many parameters', `(func (param ${'i32 '.repeat(65)}))`, 'too_large', 'parameters'],
    ['a long name', `(func (export "${'n'.repeat(1_025)}"))`, 'too_large', '1025 bytes'],
    [
      'many branches out of a table',
      `(func (block (br_table ${'0 '.repeat(17_000)} (i32.const 0))))`,
      'too_large',
      'labels',
    ],
    [
      'many blocks over many locals',
      `(func (local ${'i32 '.repeat(4_000)}) ${'(block)'.repeat(3_000)})`,
      'too_large',
      'product',
    ],
    ['many segments', '(data "x")'.repeat(4_001), 'too_large', 'segments'],
  ])('[WSM-7] %s: refused by name', (what, text, code, says) => {
    const module = what === 'a large memory' ? abi.replace('"memory") 1', '"memory") 257') : abi;
    const imports = text.startsWith('(import');
    const bytes = wat(
      `(module ${imports ? text : ''} ${imports && text.includes('(memory') ? abi.replace(/\(memory.*?1\)/, '') : module} ${imports ? '' : text})`,
    );
    expect(() => prepared(bytes)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(says) as string }) as Error,
    );
  });

  it.each([
    ['no memory', abi.replace(/\(memory.*?1\)/, ''), 'no memory'],
    ['no handler', abi.replace('"run"', '"walk"'), 'no function run'],
    ['no allocator', abi.replace('"ov_alloc"', '"alloc"'), 'no function ov_alloc'],
    [
      'a handler of another type',
      abi.replace('(result i64) (i64.const 0)', '(result i32) (i32.const 0)'),
      '(i32, i32) -> i32',
    ],
  ])('[WSM-7] %s: refused by name', (_, text, says) => {
    expect(() => prepared(wat(`(module ${text})`))).toThrow(
      expect.objectContaining({ code: 'export', message: expect.stringContaining(says) as string }) as Error,
    );
  });
});
