import { ByteReader } from '../module/byte-reader.js';
import { OP } from '../module/instructions.js';
import type { FunctionBody, ModuleLayout } from '../module/module-layout.js';
import { type Counts, Instruction, readInstruction } from '../module/read-instruction.js';
import { ENTRY_COST, costOf } from './cost-table.js';

/**
 * What a function's code is charged, and where. A *region* is code that is run as often as the place at which it is
 * charged, unless something traps: straight code, together with what certainly follows the blocks in between.
 * @module
 */
export interface Charges {
  /** Fuel by the offset of the instruction before which it is charged. */
  readonly at: ReadonlyMap<number, number>;
  /** Offsets of `if` instructions that have an `else`. */
  readonly withElse: ReadonlySet<number>;
  /** A conditional branch or a table of branches leaves the function. */
  readonly branchesOut: boolean;
}

interface Region {
  readonly offset: number;
  cost: number;
}

interface Frame {
  readonly opcode: number;
  readonly offset: number;
  /** Region that held the instruction which opened the block. */
  readonly entry: Region;
  /** Index of the outermost frame that a branch within goes to; beyond this frame's own, the end may be missed. */
  outermost: number;
  /** A branch goes to its end (or start, of a loop). */
  targeted: boolean;
  /** Live end of the first arm of an `if`. */
  firstArmEnds: boolean;
  hasElse: boolean;
  readonly header: Region | null;
  readonly backRegions: Set<Region>;
  conditionalBack: boolean;
}

/** Any function's offset of the code serves as a key: bytes of one module are numbered through. */
export function chargesOf(module: ModuleLayout, body: FunctionBody, counts: Counts): Charges {
  return new RegionWalk(module, body, counts).charges();
}

class RegionWalk {
  readonly #regions: Region[] = [];
  readonly #frames: Frame[] = [];
  readonly #loops: Frame[] = [];
  readonly #withElse = new Set<number>();
  #branchesOut = false;
  /** Null where code cannot be reached. */
  #region: Region | null;
  /** Blocks opened within unreachable code. */
  #deadBlocks = 0;

  constructor(
    private readonly module: ModuleLayout,
    private readonly body: FunctionBody,
    private readonly counts: Counts,
  ) {
    const entry = this.#open(body.code);
    entry.cost = ENTRY_COST;
    this.#region = entry;
    this.#push(OP.block, body.code, entry, null);
  }

  charges(): Charges {
    const reader = new ByteReader(this.module.bytes, this.body.code, this.body.range.end);
    const instruction = new Instruction();
    while (this.#frames.length > 0) {
      readInstruction(reader, instruction, this.counts, Infinity);
      this.#instruction(instruction);
    }
    for (const loop of this.#loops) hoistHeader(loop);
    const at = new Map<number, number>();
    for (const { offset, cost } of this.#regions) if (cost > 0) at.set(offset, cost);
    return { at, withElse: this.#withElse, branchesOut: this.#branchesOut };
  }

  #open(offset: number): Region {
    const region = { offset, cost: 0 };
    this.#regions.push(region);
    return region;
  }

  #push(opcode: number, offset: number, entry: Region, header: Region | null): void {
    this.#frames.push({
      opcode,
      offset,
      entry,
      outermost: this.#frames.length,
      targeted: false,
      firstArmEnds: false,
      hasElse: false,
      header,
      backRegions: new Set(),
      conditionalBack: false,
    });
  }

  #instruction(instruction: Instruction): void {
    const { opcode, start, end, shape } = instruction;
    const region = this.#region;
    if (region === null) {
      if (shape.immediate === 'block') this.#deadBlocks += 1;
      else if (opcode === OP.end && this.#deadBlocks > 0) this.#deadBlocks -= 1;
      else if (this.#deadBlocks === 0 && opcode === OP.end) this.#end(end);
      else if (this.#deadBlocks === 0 && opcode === OP.else) this.#else(end);
      return;
    }
    region.cost += costOf(opcode);
    switch (opcode) {
      case OP.block:
        return this.#push(opcode, start, region, null);
      case OP.loop:
        this.#region = this.#open(end);
        return this.#push(opcode, start, region, this.#region);
      case OP.if:
        this.#push(opcode, start, region, null);
        this.#region = this.#open(end);
        return;
      case OP.else:
        return this.#else(end);
      case OP.end:
        return this.#end(end);
      case OP.br:
        this.#branch(instruction.index, region, false);
        this.#region = null;
        return;
      case OP.brIf:
        this.#branch(instruction.index, region, true);
        this.#region = this.#open(end);
        return;
      case OP.brTable:
        for (const label of instruction.labels) this.#branch(label, region, true);
        this.#region = null;
        return;
      case OP.return:
        this.#branch(this.#frames.length - 1, region, false);
        this.#region = null;
        return;
      case OP.unreachable:
        this.#region = null;
    }
  }

  #branch(label: number, region: Region, conditional: boolean): void {
    const target = this.#frames.length - 1 - label;
    const [frame, top] = [this.#frames[target], this.#frames.at(-1)];
    if (frame === undefined || top === undefined) return;
    top.outermost = Math.min(top.outermost, target);
    frame.targeted = true;
    if (frame.opcode === OP.loop) {
      frame.backRegions.add(region);
      frame.conditionalBack ||= conditional;
    }
    if (target === 0 && conditional) this.#branchesOut = true;
  }

  #else(offset: number): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return;
    frame.hasElse = true;
    this.#withElse.add(frame.offset);
    frame.firstArmEnds = this.#region !== null;
    this.#region = this.#open(offset);
  }

  #end(offset: number): void {
    const frame = this.#frames.pop();
    const parent = this.#frames.at(-1);
    if (frame === undefined || parent === undefined) return;
    const index = this.#frames.length;
    parent.outermost = Math.min(parent.outermost, frame.outermost);
    if (frame.opcode === OP.loop) this.#loops.push(frame);
    const merges =
      frame.opcode === OP.if
        ? frame.firstArmEnds || !frame.hasElse || frame.targeted
        : frame.opcode === OP.block && frame.targeted;
    if (this.#region === null && !merges) return;
    if (frame.outermost >= index) this.#region = frame.entry;
    else if (merges || frame.opcode === OP.if || this.#region === null) this.#region = this.#open(offset);
  }
}

/**
 * A loop that is repeated by plain branches alone is charged where it is entered and where it is repeated, together with
 * what is charged there anyway.
 */
function hoistHeader({ header, entry, backRegions, conditionalBack }: Frame): void {
  if (header === null || conditionalBack || backRegions.has(header)) return;
  for (const region of new Set([entry, ...backRegions])) region.cost += header.cost;
  header.cost = 0;
}
