import { ByteReader } from '../module/byte-reader.js';
import { OP } from '../module/instructions.js';
import type { ModuleLayout } from '../module/module-layout.js';
import { type Counts, Instruction, readInstruction } from '../module/read-instruction.js';

/** Who calls whom. Functions are numbered like in the module, imported ones first; the last number is "any that a table may hold". */
export interface CallGraph {
  readonly calls: readonly (readonly number[])[];
  /** Values that each function may keep on the machine's stack: locals and operands at their highest. */
  readonly slots: readonly number[];
}

export function callGraph(module: ModuleLayout, counts: Counts): CallGraph {
  const any = module.functionTypes.length;
  const calls: number[][] = module.functionTypes.map(() => []);
  const slots = module.functionTypes.map(() => 0);
  const referenced = new Set(module.referenced);
  for (const [i, body] of module.bodies.entries()) {
    const reader = new ByteReader(module.bytes, body.code, body.range.end);
    const instruction = new Instruction();
    const callees = new Set<number>();
    const heights = new OperandHeights(module);
    while (!reader.done) {
      readInstruction(reader, instruction, counts, Infinity);
      if (instruction.opcode === OP.call) callees.add(instruction.index);
      if (instruction.opcode === OP.callIndirect) callees.add(any);
      if (instruction.opcode === OP.refFunc) referenced.add(instruction.index);
      heights.after(instruction);
    }
    const index = module.imports.length + i;
    calls[index] = [...callees];
    slots[index] = body.localCount + heights.highest;
  }
  return { calls: [...calls, [...referenced]], slots: [...slots, 0] };
}

/** Follows how many operands there are. Of code that cannot be reached it may say too much, never too little. */
class OperandHeights {
  highest = 0;
  #height = 0;
  readonly #blocks: { base: number; params: number; results: number }[] = [];

  constructor(private readonly module: ModuleLayout) {}

  after(instruction: Instruction): void {
    const { opcode, shape } = instruction;
    this.#height = Math.max(this.#base, this.#height - shape.takes) + shape.gives;
    if (shape.immediate === 'block') this.#open(instruction.index);
    else if (opcode === OP.call) this.#call(this.module.functionTypes[instruction.index]);
    else if (opcode === OP.callIndirect) this.#call(instruction.index);
    else if (opcode === OP.else) {
      const block = this.#blocks.at(-1);
      this.#height = (block?.base ?? 0) + (block?.params ?? 0);
    } else if (opcode === OP.end) {
      const block = this.#blocks.pop();
      this.#height = (block?.base ?? 0) + (block?.results ?? 0);
    }
    this.highest = Math.max(this.highest, this.#height);
  }

  get #base(): number {
    return this.#blocks.at(-1)?.base ?? 0;
  }

  #open(index: number): void {
    const type = index < 0 ? undefined : this.module.types[index];
    const params = type?.params.length ?? 0;
    const results = type?.results.length ?? (index === -64 ? 0 : 1);
    this.#blocks.push({ base: Math.max(this.#base, this.#height - params), params, results });
  }

  #call(typeIndex: number | undefined): void {
    const type = this.module.types[typeIndex ?? -1];
    if (type === undefined) return;
    this.#height = Math.max(this.#base, this.#height - type.params.length) + type.results.length;
  }
}
