import { OP } from '../module/instructions.js';

/** Changes with any cost: receipts and the cache name it. */
export const COST_TABLE = 'forge-cost/1';

/** Entering a function. */
export const ENTRY_COST = 1;

const FREE = new Set<number>([OP.unreachable, 0x01, OP.block, OP.loop, OP.else, OP.end, OP.return, 0x1a]);

/** An instruction costs one; what only shapes the code costs nothing. */
export const costOf = (opcode: number): number => (FREE.has(opcode) ? 0 : 1);

/** What is charged besides by size: `amount` fuel for every 2^`shift` bytes, elements or pages begun. */
export interface SizeCost {
  readonly amount: number;
  readonly shift: number;
}

const BYTES: SizeCost = { amount: 1, shift: 4 };
const ELEMENTS: SizeCost = { amount: 16, shift: 0 };

const SIZE_COSTS: ReadonlyMap<number, SizeCost> = new Map([
  [OP.memoryFill, BYTES],
  [OP.memoryCopy, BYTES],
  [OP.memoryInit, BYTES],
  [OP.tableFill, ELEMENTS],
  [OP.tableCopy, ELEMENTS],
  [OP.tableInit, ELEMENTS],
  [OP.tableGrow, ELEMENTS],
  [OP.memoryGrow, { amount: 4_096, shift: 0 }],
]);

/** Undefined where the operands' sizes cost nothing. */
export const sizeCostOf = (opcode: number): SizeCost | undefined => SIZE_COSTS.get(opcode);
