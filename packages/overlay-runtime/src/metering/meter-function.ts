import { ByteReader } from '../module/byte-reader.js';
import { OP } from '../module/instructions.js';
import type { FunctionBody, ModuleLayout } from '../module/module-layout.js';
import { type Counts, Instruction, readInstruction } from '../module/read-instruction.js';
import { I32, I64 } from '../module/value-types.js';
import type { Added } from './added.js';
import { ByteWriter } from './byte-writer.js';
import { type SizeCost, sizeCostOf } from './cost-table.js';
import { type Charges, chargesOf } from './regions.js';

export const TRAP_OUT_OF_FUEL = 1;
export const TRAP_CALL_DEPTH = 2;

const EMPTY = 0x40;
const I64_LT_S = 0x53;
const I64_SUB = 0x7d;
const I64_MUL = 0x7e;
const I64_SHR_U = 0x88;
const I64_EXTEND_I32_U = 0xad;
const I32_LT_S = 0x48;
const I32_SUB = 0x6b;

/** Where the fuel left is known: in the global, in the local, or (both bits) in either. */
const GLOBAL = 1;
const LOCAL = 2;

interface Frame {
  readonly opcode: number;
  /** Where whoever comes to the label must have the fuel; the first to come decides. */
  at: typeof GLOBAL | typeof LOCAL | null;
}

/** How one function is metered. */
export interface Metering {
  /** Parameters that the function has of its own. */
  readonly params: number;
  /** Bytes for the type of a block with the function's own results. */
  readonly resultType: readonly number[];
  /** What a call of it takes of the call stack; 0 when that is not counted. */
  readonly slots: number;
}

/**
 * Writes a function's code again with its charges: fuel is held in a local, brought to the global before calls and
 * wherever the function ends, and fetched again when it is next needed. A function whose calls are counted gets depth
 * and fuel as parameters instead, and gives the fuel back as a result, so that recursion stays in registers.
 *
 * Where an access, a division or a conversion traps, the global has what was left before the last call that went by it:
 * whoever reports it reports too much left, never too little.
 */
export function meterFunction(
  module: ModuleLayout,
  body: FunctionBody,
  counts: Counts,
  added: Added,
  metering: Metering,
): Uint8Array {
  return new MeteredFunction(module, body, counts, added, metering).write();
}

class MeteredFunction {
  readonly #charges: Charges;
  readonly #code = new ByteWriter();
  readonly #frames: Frame[] = [];
  readonly #counted: boolean;
  #state: number;
  #dead = false;
  #deadBlocks = 0;
  #sized = false;
  /** Original bytes that are to be copied, up to the next addition. */
  #from = 0;
  #to = 0;

  constructor(
    private readonly module: ModuleLayout,
    private readonly body: FunctionBody,
    private readonly counts: Counts,
    private readonly added: Added,
    private readonly metering: Metering,
  ) {
    this.#charges = chargesOf(module, body, counts);
    this.#counted = metering.slots > 0;
    this.#state = this.#counted ? LOCAL : GLOBAL;
  }

  /** Of a function whose calls are counted alone. */
  get #depthLocal(): number {
    return this.metering.params;
  }

  get #fuelLocal(): number {
    return this.#counted ? this.metering.params + 1 : this.body.localCount;
  }

  get #costLocal(): number {
    return this.body.localCount + (this.#counted ? 2 : 1);
  }

  get #sizeLocal(): number {
    return this.#costLocal + 1;
  }

  write(): Uint8Array {
    this.#enter();
    // A conditional branch out of the function must pass where the fuel is brought back.
    if (this.#charges.branchesOut) this.#code.byte(OP.block, ...this.metering.resultType);
    this.#frames.push({ opcode: OP.block, at: null });
    const reader = new ByteReader(this.module.bytes, this.body.code, this.body.range.end);
    const instruction = new Instruction();
    while (this.#frames.length > 0) {
      readInstruction(reader, instruction, this.counts, Infinity);
      this.#instruction(instruction);
    }
    return this.#withLocals();
  }

  #withLocals(): Uint8Array {
    const { locals } = this.body;
    const groups = [...locals];
    if (!this.#counted) groups.push({ count: 1, type: I64 });
    if (this.#sized) groups.push({ count: 1, type: I64 }, { count: 1, type: I32 });
    const whole = new ByteWriter(this.#code.length + 16 + 6 * groups.length).u32(groups.length);
    for (const { count, type } of groups) whole.u32(count).byte(type);
    return whole.copy(this.#code.bytes).bytes;
  }

  #enter(): void {
    if (this.#counted) this.#code.byte(OP.block, EMPTY);
    this.#code.byte(OP.block, EMPTY);
    if (!this.#counted) return;
    this.#code.byte(OP.localGet).u32(this.#depthLocal).byte(OP.i32Const).signed(this.metering.slots).byte(I32_SUB);
    this.#code.byte(OP.localTee).u32(this.#depthLocal).byte(OP.i32Const, 0, I32_LT_S, OP.brIf, 1);
  }

  /** Where the checks go that found too little: beyond the code, so that it runs straight on while there is enough. */
  #exits(): void {
    const code = this.#add().byte(OP.end, OP.i64Const, 0, OP.globalSet).u32(this.added.fuel);
    this.#trap(TRAP_OUT_OF_FUEL);
    if (!this.#counted) return;
    code.byte(OP.end, OP.localGet).u32(this.#fuelLocal).byte(OP.globalSet).u32(this.added.fuel);
    this.#trap(TRAP_CALL_DEPTH);
  }

  #trap(reason: number): void {
    this.#code.byte(OP.i32Const).signed(reason).byte(OP.globalSet).u32(this.added.trap).byte(OP.unreachable);
  }

  #leave(): void {
    this.#bring(this.#counted ? LOCAL : GLOBAL);
    if (this.#counted) this.#add().byte(OP.localGet).u32(this.#fuelLocal);
  }

  #instruction(instruction: Instruction): void {
    const { opcode, start, end, shape } = instruction;
    if (this.#dead) {
      if (shape.immediate === 'block') this.#deadBlocks += 1;
      else if (opcode === OP.end && this.#deadBlocks > 0) this.#deadBlocks -= 1;
      else if (this.#deadBlocks === 0 && opcode === OP.end) this.#end(start, end);
      else if (this.#deadBlocks === 0 && opcode === OP.else) this.#else(start, end);
      return;
    }
    const cost = this.#charges.at.get(start);
    if (cost !== undefined) this.#charge(cost);
    switch (opcode) {
      case OP.block:
        this.#keep(start, end);
        this.#frames.push({ opcode, at: null });
        return;
      case OP.loop:
        this.#bring(LOCAL);
        this.#keep(start, end);
        this.#frames.push({ opcode, at: LOCAL });
        this.#state = LOCAL;
        return;
      case OP.if:
        this.#keep(start, end);
        // Whoever passes over an `if` without `else` cannot do anything on the way.
        this.#frames.push({ opcode, at: this.#charges.withElse.has(start) ? null : this.#preferred });
        this.#entryStates.push(this.#state);
        return;
      case OP.else:
        return this.#else(start, end);
      case OP.end:
        return this.#end(start, end);
      case OP.br:
        return this.#branch(instruction);
      case OP.brIf:
        this.#arrive(this.#frames[this.#frames.length - 1 - instruction.index]);
        return this.#keep(start, end);
      case OP.brTable:
        for (const label of instruction.labels) this.#arrive(this.#frames[this.#frames.length - 1 - label]);
        this.#keep(start, end);
        this.#dead = true;
        return;
      case OP.return:
        return this.#return();
      case OP.unreachable:
        this.#bring(GLOBAL);
        this.#keep(start, end);
        this.#dead = true;
        return;
      case OP.call:
      case OP.callIndirect:
        return this.#call(instruction);
      case OP.localGet:
      case OP.localSet:
      case OP.localTee:
        return this.#local(instruction);
    }
    const bySize = sizeCostOf(opcode);
    if (bySize !== undefined) this.#chargeSize(instruction, bySize);
    this.#keep(start, end);
  }

  #call({ opcode, index, start, end }: Instruction): void {
    const inner = opcode === OP.call && this.#counted ? this.added.inner.get(index) : undefined;
    if (inner !== undefined) {
      this.#bring(LOCAL);
      const code = this.#add().byte(OP.localGet).u32(this.#depthLocal).byte(OP.localGet).u32(this.#fuelLocal);
      code.byte(OP.call).u32(inner).byte(OP.localSet).u32(this.#fuelLocal);
      this.#state = LOCAL;
      return;
    }
    this.#bring(GLOBAL);
    if (this.#counted) this.#add().byte(OP.localGet).u32(this.#depthLocal).byte(OP.globalSet).u32(this.added.depth);
    this.#keep(start, end);
    this.#state = GLOBAL;
  }

  /** Depth and fuel come between the function's parameters and its other locals. */
  #local({ opcode, index, start, end }: Instruction): void {
    if (!this.#counted || index < this.metering.params) return this.#keep(start, end);
    this.#add()
      .byte(opcode)
      .u32(index + 2);
  }

  /** Where each open `if` began with the fuel, for its second arm. */
  readonly #entryStates: number[] = [];

  get #preferred(): typeof GLOBAL | typeof LOCAL {
    return (this.#state & LOCAL) !== 0 ? LOCAL : GLOBAL;
  }

  #branch({ index, start, end }: Instruction): void {
    if (index === this.#frames.length - 1) return this.#return();
    this.#arrive(this.#frames[this.#frames.length - 1 - index]);
    this.#keep(start, end);
    this.#dead = true;
  }

  #return(): void {
    this.#leave();
    this.#add().byte(OP.return);
    this.#dead = true;
  }

  #arrive(frame: Frame | undefined): void {
    if (frame === undefined) return;
    frame.at ??= this.#preferred;
    this.#bring(frame.at);
  }

  #else(start: number, end: number): void {
    if (!this.#dead) this.#arrive(this.#frames.at(-1));
    this.#keep(start, end);
    this.#state = this.#entryStates.at(-1) ?? GLOBAL;
    this.#dead = false;
  }

  #end(start: number, end: number): void {
    const frame = this.#frames.pop();
    if (frame === undefined) return;
    if (frame.opcode === OP.if) this.#entryStates.pop();
    const merges = frame.opcode !== OP.loop && frame.at !== null;
    if (!this.#dead && merges) this.#arrive(frame);
    if (merges) this.#state = frame.at ?? GLOBAL;
    const reached = merges || !this.#dead;
    if (this.#frames.length === 0) return this.#finish(reached);
    this.#keep(start, end);
    this.#dead = !reached;
    // The engine takes what follows a block for reachable, and would miss the operands of code that is left out.
    if (this.#dead) this.#add().byte(OP.unreachable);
  }

  #finish(reached: boolean): void {
    if (this.#charges.branchesOut) this.#add().byte(OP.end);
    if (reached) this.#return();
    this.#exits();
    this.#add().byte(OP.end);
  }

  /** Makes the fuel left known in `place`. */
  #bring(place: typeof GLOBAL | typeof LOCAL): void {
    if ((this.#state & place) !== 0) return;
    const code = this.#add();
    if (place === GLOBAL) code.byte(OP.localGet).u32(this.#fuelLocal).byte(OP.globalSet).u32(this.added.fuel);
    else code.byte(OP.globalGet).u32(this.added.fuel).byte(OP.localSet).u32(this.#fuelLocal);
    this.#state |= place;
  }

  #charge(cost: number): void {
    this.#take(() => this.#code.byte(OP.i64Const).signed(cost));
  }

  /** The size is the topmost operand, and stays there. */
  #chargeSize({ opcode, index }: Instruction, { amount, shift }: SizeCost): void {
    this.#sized = true;
    const code = this.#add().byte(OP.localTee).u32(this.#sizeLocal).byte(OP.localGet).u32(this.#sizeLocal);
    if (opcode === OP.memoryGrow) {
      code.byte(OP.memorySize, 0, OP.i32Const).signed(this.#mostPages).byte(OP.call).u32(this.added.growable);
    } else if (opcode === OP.tableGrow) {
      code
        .byte(OP.prefix)
        .u32(OP.tableSize & 0xff)
        .u32(index);
      code.byte(OP.i32Const).signed(this.#mostElements(index)).byte(OP.call).u32(this.added.growable);
    } else code.byte(I64_EXTEND_I32_U);
    if (shift > 0) code.byte(OP.i64Const).signed(shift).byte(I64_SHR_U);
    if (amount !== 1) code.byte(OP.i64Const).signed(amount).byte(I64_MUL);
    code.byte(OP.localSet).u32(this.#costLocal);
    this.#take(() => code.byte(OP.localGet).u32(this.#costLocal));
  }

  get #mostPages(): number {
    return this.module.memory?.maximum ?? 0;
  }

  #mostElements(index: number): number {
    return this.module.tables[index]?.maximum ?? 0;
  }

  /** Takes what `cost` pushes off the fuel; where that leaves less than none, the function ends. */
  #take(cost: () => void): void {
    const code = this.#add();
    this.#bring(LOCAL);
    code.byte(OP.localGet).u32(this.#fuelLocal);
    cost();
    code.byte(I64_SUB, OP.localTee).u32(this.#fuelLocal).byte(OP.i64Const, 0, I64_LT_S);
    code.byte(OP.brIf).u32(this.#frames.length - (this.#charges.branchesOut ? 0 : 1));
    this.#state = LOCAL;
  }

  #keep(start: number, end: number): void {
    if (start !== this.#to) {
      this.#settle();
      this.#from = start;
    }
    this.#to = end;
  }

  /** The code so far, for adding to it. */
  #add(): ByteWriter {
    this.#settle();
    return this.#code;
  }

  #settle(): void {
    if (this.#to > this.#from) this.#code.copy(this.module.bytes, this.#from, this.#to);
    this.#from = 0;
    this.#to = 0;
  }
}
