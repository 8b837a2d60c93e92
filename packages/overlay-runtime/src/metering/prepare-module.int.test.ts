import { describe, expect, it } from 'vitest';
import wabt from 'wabt';
import { inspectModule, prepareModule } from './prepare-module.js';

const { parseWat } = await wabt();
const wat = (text: string): Uint8Array => {
  const module = parseWat('module.wat', text);
  try {
    return module.toBinary({}).buffer.slice();
  } finally {
    module.destroy();
  }
};

const RULES = { imports: ['log', 'get_config'], handlers: ['run'], memoryPages: 20 };
const ABI = `(memory (export "memory") 1 100) (func (export "ov_alloc") (param i32) (result i32) (i32.const 0))
  (func (export "ov_free") (param i32 i32))`;
const RUN = '(func (export "run") (param i32 i32) (result i64) (i64.const 0))';

describe('inspectModule', () => {
  it('[WSM-10] reports what a module asks for and what it gets, as preparing it does', () => {
    const bytes = wat(`(module ${ABI} ${RUN} (table 3 funcref) (func $begin) (start $begin))`);
    const { report, refusals } = inspectModule(bytes, RULES);
    expect(refusals).toEqual([]);
    expect(report).toEqual(prepareModule(bytes, RULES).report);
    expect(report).toMatchObject({
      bytes: bytes.length,
      memory: { minimum: 1, maximum: 20 },
      tables: [{ minimum: 3, maximum: 20_000 }],
      start: true,
      instrumenter: 'forge-meter/2 forge-cost/1',
    });
  });

  it('[WSM-10] tells every reason at once, with what to do', () => {
    const bytes =
      wat(`(module (import "host" "db_write" (func (param i32 i32) (result i64))) (import "env" "abort" (func))
      ${ABI.replace('ov_free', 'free')} (func (export "forge.depth")))`);
    const { report, refusals } = inspectModule(bytes, RULES);
    expect(report?.functions).toBe(3);
    expect(refusals.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'export: The export forge.depth has a reserved name.',
      'import: The import host.db_write is not granted.',
      'import: The import env.abort is not in the ABI.',
      'export: The module exports no function ov_free.',
      'export: The module exports no function run.',
    ]);
    for (const { advice } of refusals) expect(advice).not.toBe('');
  });

  it("[WSM-10] gives the engine's reason and offset where the types do not fit", () => {
    const good = wat(`(module ${ABI} ${RUN})`);
    const bytes = good.slice();
    bytes[bytes.length - 3] = 0x41; // i64.const becomes i32.const
    const { refusals } = inspectModule(bytes, RULES);
    expect(refusals).toEqual([
      expect.objectContaining({
        code: 'invalid',
        offset: expect.any(Number) as number,
        message: expect.stringContaining('i64') as string,
      }),
    ]);
  });

  it('[WSM-10] of bytes that cannot be read tells why', () => {
    expect(inspectModule(Buffer.from('#!/bin/sh\n'), RULES)).toMatchObject({
      report: null,
      refusals: [{ code: 'malformed', offset: 0 }],
    });
  });
});
