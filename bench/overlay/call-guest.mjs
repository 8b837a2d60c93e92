/** The guest of the call bench, by hand and small: what is measured is the way to it and back. */
import binaryen from 'binaryen';

/** `echo` answers with its input; `ask` calls the host as often as its input has bytes; `spin` does not end. */
const TEXT = `(module
  (import "host" "db_read" (func $db_read (param i32 i32) (result i64)))
  (memory (export "memory") 4)
  (global $top (mut i32) (i32.const 4096))
  (data (i32.const 16) "{\\"op\\":\\"state.get\\",\\"args\\":{\\"key\\":\\"a\\"}}")
  (func (export "ov_alloc") (param $n i32) (result i32) (local $at i32)
    (local.set $at (global.get $top))
    (global.set $top (i32.add (global.get $top) (i32.and (i32.add (local.get $n) (i32.const 7)) (i32.const -8))))
    (local.get $at))
  (func $free (export "ov_free") (param $at i32) (param $n i32)
    (if (i32.lt_u (local.get $at) (global.get $top)) (then (global.set $top (local.get $at)))))
  (func $packed (param $at i32) (param $n i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32)) (i64.extend_i32_u (local.get $n))))
  (func (export "echo") (param $ptr i32) (param $len i32) (result i64)
    (call $packed (local.get $ptr) (local.get $len)))
  (func (export "ask") (param $ptr i32) (param $len i32) (result i64) (local $left i32) (local $reply i64)
    (local.set $left (i32.sub (local.get $len) (i32.const 2)))
    (loop $again
      (if (local.get $left) (then
        (local.set $reply (call $db_read (i32.const 16) (i32.const 38)))
        (call $free (i32.wrap_i64 (i64.shr_u (local.get $reply) (i64.const 32))) (i32.wrap_i64 (local.get $reply)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $again))))
    (i64.const 0))
  (func (export "spin") (param $ptr i32) (param $len i32) (result i64) (loop $again (br $again)) (unreachable)))`;

export const guestModule = () => binaryen.parseText(TEXT).emitBinary();

export const MANIFEST = {
  capabilities: ['DATABASE_READ'],
  exports: ['echo', 'ask', 'spin'],
  fuelBudget: { echo: 1_000_000, ask: 5_000_000, spin: 2_000_000_000 },
  memoryLimitPages: 256,
  deadlineMs: 10_000,
  config: {},
};

/** About 1 KB with many small values, which is what overlays are asked with. */
export const CALL_INPUT = JSON.stringify({
  query: 'which decisions rest on this capsule',
  capsules: Array.from({ length: 11 }, (_, i) => ({
    id: `capsule-${i}`,
    trust: 60 + i,
    score: i / 7,
    tags: ['a', 'b'],
  })),
});
