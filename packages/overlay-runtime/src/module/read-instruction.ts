import { type ByteReader, malformed } from './byte-reader.js';
import { type InstructionShape, OP, familyOf, shapeOf } from './instructions.js';
import { ModuleRefused } from './module-refused.js';
import { VALUE_TYPES, isReference } from './value-types.js';

const LEAVE_OUT =
  'Compile for WebAssembly 1.0 with sign extension, saturating conversions, multiple values, bulk memory and reference types only.';

/** What a module has, for checking that instructions name no more. */
export interface Counts {
  readonly types: number;
  readonly functions: number;
  readonly tables: number;
  readonly memories: number;
  readonly globals: number;
  readonly elements: number;
  /** Null where no data count section was there: then no instruction may name a data segment. */
  readonly data: number | null;
}

/** One instruction; the same object is filled again for the next. */
export class Instruction {
  opcode = 0;
  shape: InstructionShape = { immediate: 'none', takes: 0, gives: 0, align: 0 };
  /** First byte, and the one after the last. */
  start = 0;
  end = 0;
  /** The first number that follows the opcode: an index, a label, or a block's type as `s33` gives it. */
  index = 0;
  /** Table of `call_indirect`. */
  table = 0;
  /** Labels of `br_table`, the default last. */
  readonly labels: number[] = [];
}

/**
 * Reads the instruction at the reader's place into `into`. Labels and locals are the caller's to check.
 *
 * @throws ModuleRefused when it is malformed, not allowed, or names what the module does not have
 */
export function readInstruction(reader: ByteReader, into: Instruction, counts: Counts, branchTargets: number): void {
  const start = reader.at;
  const lead = reader.byte();
  let opcode = lead;
  if (lead === OP.prefix || (lead >= 0xfb && lead <= 0xfe)) {
    const number = reader.u32();
    opcode = number > 0xff ? -1 : (lead << 8) | number;
    if (lead !== OP.prefix || opcode < 0) throw notAllowed(start, lead << 8, `${hex(lead)} ${hex(number)}`);
  }
  const shape = shapeOf(opcode);
  if (shape === undefined) throw notAllowed(start, opcode, hex(opcode));
  into.opcode = opcode;
  into.shape = shape;
  into.start = start;
  into.index = 0;
  into.table = 0;
  readImmediate(reader, into, counts, branchTargets);
  into.end = reader.at;
}

function readImmediate(reader: ByteReader, into: Instruction, counts: Counts, branchTargets: number): void {
  switch (into.shape.immediate) {
    case 'none':
      return;
    case 'block':
      into.index = blockType(reader, counts);
      return;
    case 'label':
    case 'local':
      into.index = reader.u32();
      return;
    case 'labels':
      labels(reader, into, branchTargets);
      return;
    case 'function':
      into.index = indexBelow(reader, counts.functions, 'function');
      return;
    case 'type, table':
      into.index = indexBelow(reader, counts.types, 'type');
      into.table = indexBelow(reader, counts.tables, 'table');
      return;
    case 'types': {
      const at = reader.at;
      if (reader.u32() !== 1) throw new ModuleRefused('invalid', at, '`select` names other than one type.', LEAVE_OUT);
      valueType(reader);
      return;
    }
    case 'global':
      into.index = indexBelow(reader, counts.globals, 'global');
      return;
    case 'table':
      into.index = indexBelow(reader, counts.tables, 'table');
      return;
    case 'memory':
      memoryZero(reader, counts);
      return;
    case 'access': {
      const at = reader.at;
      const align = reader.u32();
      if (align > into.shape.align)
        throw new ModuleRefused(
          'invalid',
          at,
          'An alignment is larger than natural, or names another memory.',
          LEAVE_OUT,
        );
      reader.u32();
      requireMemory(at, counts);
      return;
    }
    case 'i32':
      reader.skipSigned(32);
      return;
    case 'i64':
      reader.skipSigned(64);
      return;
    case 'f32':
      reader.skip(4);
      return;
    case 'f64':
      reader.skip(8);
      return;
    case 'reference':
      referenceType(reader);
      return;
    case 'data':
      into.index = dataIndex(reader, counts);
      return;
    case 'data, memory':
      into.index = dataIndex(reader, counts);
      memoryZero(reader, counts);
      return;
    case 'memory, memory':
      memoryZero(reader, counts);
      memoryZero(reader, counts);
      return;
    case 'element':
      into.index = indexBelow(reader, counts.elements, 'element segment');
      return;
    case 'element, table':
      into.index = indexBelow(reader, counts.elements, 'element segment');
      into.table = indexBelow(reader, counts.tables, 'table');
      return;
    case 'table, table':
      into.table = indexBelow(reader, counts.tables, 'table');
      into.index = indexBelow(reader, counts.tables, 'table');
      return;
  }
}

function labels(reader: ByteReader, into: Instruction, most: number): void {
  const at = reader.at;
  const count = reader.u32();
  if (count > most)
    throw new ModuleRefused('too_large', at, `br_table has ${count} labels, more than ${most}.`, 'Split the switch.');
  into.labels.length = 0;
  for (let i = 0; i <= count; i += 1) into.labels.push(reader.u32());
}

function blockType(reader: ByteReader, counts: Counts): number {
  const at = reader.at;
  const type = reader.s33();
  if (type >= 0) {
    if (type < counts.types) return type;
    throw new ModuleRefused('invalid', at, `A block has type ${type}; there are ${counts.types}.`, LEAVE_OUT);
  }
  // Types in short are one byte; longer encodings of the same number are not.
  const known = type === -64 || VALUE_TYPES.has(type + 128);
  if (!known || reader.at !== at + 1)
    throw new ModuleRefused('unsupported', at, 'A block has a type that overlays may not use.', LEAVE_OUT);
  return type;
}

/** A byte that names a value type. */
export function valueType(reader: ByteReader): number {
  const at = reader.at;
  const type = reader.byte();
  if (VALUE_TYPES.has(type)) return type;
  const what = type === 0x7b ? 'The vector type (SIMD)' : `The value type ${hex(type)}`;
  throw new ModuleRefused('unsupported', at, `${what} is not among those that overlays may use.`, LEAVE_OUT);
}

/** A byte that names a reference type. */
export function referenceType(reader: ByteReader): number {
  const at = reader.at;
  const type = reader.byte();
  if (isReference(type)) return type;
  throw new ModuleRefused('unsupported', at, `The reference type ${hex(type)} is not funcref or externref.`, LEAVE_OUT);
}

function dataIndex(reader: ByteReader, counts: Counts): number {
  if (counts.data === null)
    throw malformed(reader.at, 'An instruction names a data segment without a data count section.');
  return indexBelow(reader, counts.data, 'data segment');
}

function memoryZero(reader: ByteReader, counts: Counts): void {
  const at = reader.at;
  if (reader.byte() !== 0) throw new ModuleRefused('unsupported', at, 'A second memory is named.', LEAVE_OUT);
  requireMemory(at, counts);
}

function requireMemory(at: number, counts: Counts): void {
  if (counts.memories === 0) throw new ModuleRefused('invalid', at, 'The module has no memory.', 'Define one.');
}

/** An index that must be less than `count`. */
export function indexBelow(reader: ByteReader, count: number, what: string): number {
  const at = reader.at;
  const index = reader.u32();
  if (index < count) return index;
  throw new ModuleRefused('invalid', at, `There is no ${what} ${index}; there are ${count}.`, 'Check the compiler.');
}

function notAllowed(offset: number, opcode: number, text: string): ModuleRefused {
  const message = `The instruction ${text} (${familyOf(opcode)}) is not among those that overlays may use.`;
  return new ModuleRefused('unsupported', offset, message, LEAVE_OUT);
}

const hex = (value: number) => `0x${value.toString(16).padStart(2, '0')}`;
