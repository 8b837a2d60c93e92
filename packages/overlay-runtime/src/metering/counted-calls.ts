/**
 * Calls of functions that can come to call themselves are counted. Such a function's code gets depth and fuel as
 * parameters and gives the fuel back as a result: in globals each call would wait for what the last one stored.
 * @module
 */
import { OP } from '../module/instructions.js';
import { type FunctionType, I32, I64 } from '../module/value-types.js';
import type { Added } from './added.js';
import { ByteWriter } from './byte-writer.js';

const I32_SUB = 0x6b;

/** Of a function whose calls are counted, with what it is passed and passes back besides. */
export const innerType = ({ params, results }: FunctionType): FunctionType => ({
  params: [...params, I32, I64],
  results: [...results, I64],
});

/**
 * What stands in the place of a function whose calls are counted, for whoever calls it from elsewhere: through a table,
 * from the host, or from a function whose calls are not counted. Its own frame takes `slots` of the call stack.
 */
export function outerFunction({ params }: FunctionType, inner: number, slots: number, added: Added): Uint8Array {
  const depthLocal = params.length;
  const code = new ByteWriter().u32(1).u32(1).byte(I32);
  for (let i = 0; i < params.length; i += 1) code.byte(OP.localGet).u32(i);
  code.byte(OP.globalGet).u32(added.depth).byte(OP.localTee).u32(depthLocal);
  code.byte(OP.i32Const).signed(slots).byte(I32_SUB, OP.globalGet).u32(added.fuel);
  code.byte(OP.call).u32(inner).byte(OP.globalSet).u32(added.fuel);
  // Whoever called may call again, and what ran in between has left its own depth there.
  code.byte(OP.localGet).u32(depthLocal).byte(OP.globalSet).u32(added.depth);
  return code.byte(OP.end).bytes;
}
