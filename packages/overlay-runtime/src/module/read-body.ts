import { type ByteReader, malformed } from './byte-reader.js';
import type { Findings } from './findings.js';
import { OP } from './instructions.js';
import type { ModuleLimits } from './module-limits.js';
import type { FunctionBody } from './module-layout.js';
import { ModuleRefused } from './module-refused.js';
import { type Counts, Instruction, readInstruction, valueType } from './read-instruction.js';

const SPLIT = 'Split the function, or compile for size.';

/** Decodes one function's code; `params` is how many parameters its type has. Ends at its first fault. */
export function readBody(
  reader: ByteReader,
  params: number,
  counts: Counts,
  limits: ModuleLimits,
  refuse: Findings,
): FunctionBody | undefined {
  try {
    return body(reader, params, counts, limits);
  } catch (error) {
    if (!(error instanceof ModuleRefused)) throw error;
    refuse(error.code, error.offset, error.message, error.advice);
    return undefined;
  }
}

function body(reader: ByteReader, params: number, counts: Counts, limits: ModuleLimits): FunctionBody {
  const start = reader.at;
  const size = reader.end - start;
  if (size > limits.bodyBytes)
    throw new ModuleRefused('too_large', start, `A function has ${size} bytes, more than ${limits.bodyBytes}.`, SPLIT);
  const { locals, localCount } = readLocals(reader, params, limits);
  const code = reader.at;
  readCode(reader, localCount, counts, limits);
  return { range: { start, end: reader.end }, code, locals, localCount };
}

function readLocals(reader: ByteReader, params: number, limits: ModuleLimits) {
  const locals: { count: number; type: number }[] = [];
  let localCount = params;
  const groups = reader.u32();
  for (let i = 0; i < groups; i += 1) {
    const at = reader.at;
    const count = reader.u32();
    localCount += count;
    if (localCount > 0xffffffff) throw malformed(at, 'There are too many locals.');
    const type = valueType(reader);
    if (localCount > limits.locals || locals.length > limits.locals)
      throw new ModuleRefused('too_large', at, `A function has more than ${limits.locals} locals.`, SPLIT);
    locals.push({ count, type });
  }
  return { locals, localCount };
}

function readCode(reader: ByteReader, localCount: number, counts: Counts, limits: ModuleLimits): void {
  const instruction = new Instruction();
  /** Opcodes of the blocks that are open; the function itself first. */
  const open: number[] = [OP.block];
  /** And branches: each is a place where all locals meet. */
  let blocks = 1;
  while (open.length > 0) {
    readInstruction(reader, instruction, counts, limits.branchTargets);
    const { opcode, start } = instruction;
    switch (instruction.shape.immediate) {
      case 'block':
        open.push(opcode);
        blocks += 1;
        if (open.length > limits.nesting)
          throw new ModuleRefused('too_large', start, `Blocks are nested more than ${limits.nesting} deep.`, SPLIT);
        break;
      case 'label':
        checkLabel(instruction.index, open.length, start);
        blocks += 1;
        break;
      case 'labels':
        for (const label of instruction.labels) checkLabel(label, open.length, start);
        blocks += 1;
        break;
      case 'local':
        if (instruction.index >= localCount)
          throw new ModuleRefused('invalid', start, `There is no local ${instruction.index}.`, 'Check the compiler.');
        break;
      default:
        if (opcode === OP.end) open.pop();
        else if (opcode === OP.else) {
          if (open.pop() !== OP.if) throw malformed(start, '`else` stands where no `if` is open.');
          open.push(OP.else);
        }
    }
  }
  if (!reader.done) throw malformed(reader.at, 'Code goes on after the end of its function.');
  const product = blocks * localCount;
  if (product > limits.blocksTimesLocals)
    throw new ModuleRefused(
      'too_large',
      reader.end,
      `A function has ${blocks} blocks and branches and ${localCount} locals; their product is more than ${limits.blocksTimesLocals}.`,
      SPLIT,
    );
}

function checkLabel(label: number, depth: number, offset: number): void {
  if (label >= depth)
    throw new ModuleRefused(
      'invalid',
      offset,
      `A branch leaves ${label} blocks; ${depth} are open.`,
      'Check the compiler.',
    );
}
