/** The instructions that overlays may use, as data: what follows the opcode, and how the operand stack changes. */

export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  selectTyped: 0x1c,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  refNull: 0xd0,
  refFunc: 0xd2,
  /** Instructions after the prefix are numbered from here. */
  prefix: 0xfc,
  memoryInit: 0xfc08,
  dataDrop: 0xfc09,
  memoryCopy: 0xfc0a,
  memoryFill: 0xfc0b,
  tableInit: 0xfc0c,
  elemDrop: 0xfc0d,
  tableCopy: 0xfc0e,
  tableGrow: 0xfc0f,
  tableSize: 0xfc10,
  tableFill: 0xfc11,
} as const;

/** What follows an opcode. */
export type Immediate =
  | 'none'
  | 'block'
  | 'label'
  | 'labels'
  | 'function'
  | 'type, table'
  | 'types'
  | 'local'
  | 'global'
  | 'table'
  | 'memory'
  | 'access'
  | 'i32'
  | 'i64'
  | 'f32'
  | 'f64'
  | 'reference'
  | 'data'
  | 'data, memory'
  | 'memory, memory'
  | 'element'
  | 'element, table'
  | 'table, table';

export interface InstructionShape {
  readonly immediate: Immediate;
  /** Operands taken and given; what control instructions and calls take and give depends on their types. */
  readonly takes: number;
  readonly gives: number;
  /** For an access to memory, the exponent of its natural alignment. */
  readonly align: number;
}

const shapes = new Map<number, InstructionShape>();

function define(first: number, last: number, takes: number, gives: number, immediate: Immediate = 'none'): void {
  for (let opcode = first; opcode <= last; opcode += 1) shapes.set(opcode, { immediate, takes, gives, align: 0 });
}

function access(first: number, takes: number, gives: number, aligns: readonly number[]): void {
  for (const [i, align] of aligns.entries()) shapes.set(first + i, { immediate: 'access', takes, gives, align });
}

define(0x00, 0x01, 0, 0); // unreachable, nop
define(0x02, 0x03, 0, 0, 'block');
define(0x04, 0x04, 1, 0, 'block');
define(0x05, 0x05, 0, 0);
define(0x0b, 0x0b, 0, 0);
define(0x0c, 0x0c, 0, 0, 'label');
define(0x0d, 0x0d, 1, 0, 'label');
define(0x0e, 0x0e, 1, 0, 'labels');
define(0x0f, 0x0f, 0, 0);
define(0x10, 0x10, 0, 0, 'function');
define(0x11, 0x11, 1, 0, 'type, table');
define(0x1a, 0x1a, 1, 0); // drop
define(0x1b, 0x1b, 3, 1); // select
define(0x1c, 0x1c, 3, 1, 'types');
define(0x20, 0x20, 0, 1, 'local');
define(0x21, 0x21, 1, 0, 'local');
define(0x22, 0x22, 1, 1, 'local');
define(0x23, 0x23, 0, 1, 'global');
define(0x24, 0x24, 1, 0, 'global');
define(0x25, 0x25, 1, 1, 'table');
define(0x26, 0x26, 2, 0, 'table');
access(0x28, 1, 1, [2, 3, 2, 3, 0, 0, 1, 1, 0, 0, 1, 1, 2, 2]);
access(0x36, 2, 0, [2, 3, 2, 3, 0, 1, 0, 1, 2]);
define(0x3f, 0x3f, 0, 1, 'memory');
define(0x40, 0x40, 1, 1, 'memory');
define(0x41, 0x41, 0, 1, 'i32');
define(0x42, 0x42, 0, 1, 'i64');
define(0x43, 0x43, 0, 1, 'f32');
define(0x44, 0x44, 0, 1, 'f64');
define(0x45, 0x45, 1, 1); // i32.eqz
define(0x46, 0x4f, 2, 1);
define(0x50, 0x50, 1, 1); // i64.eqz
define(0x51, 0x66, 2, 1); // comparisons
define(0x67, 0x69, 1, 1); // i32.clz, ctz, popcnt
define(0x6a, 0x78, 2, 1);
define(0x79, 0x7b, 1, 1); // i64.clz, ctz, popcnt
define(0x7c, 0x8a, 2, 1);
define(0x8b, 0x91, 1, 1); // f32.abs to sqrt
define(0x92, 0x98, 2, 1);
define(0x99, 0x9f, 1, 1); // f64.abs to sqrt
define(0xa0, 0xa6, 2, 1);
define(0xa7, 0xbf, 1, 1); // conversions
define(0xc0, 0xc4, 1, 1); // sign extension
define(0xd0, 0xd0, 0, 1, 'reference');
define(0xd1, 0xd1, 1, 1); // ref.is_null
define(0xd2, 0xd2, 0, 1, 'function');
define(0xfc00, 0xfc07, 1, 1); // saturating conversions
define(0xfc08, 0xfc08, 3, 0, 'data, memory');
define(0xfc09, 0xfc09, 0, 0, 'data');
define(0xfc0a, 0xfc0a, 3, 0, 'memory, memory');
define(0xfc0b, 0xfc0b, 3, 0, 'memory');
define(0xfc0c, 0xfc0c, 3, 0, 'element, table');
define(0xfc0d, 0xfc0d, 0, 0, 'element');
define(0xfc0e, 0xfc0e, 3, 0, 'table, table');
define(0xfc0f, 0xfc0f, 2, 1, 'table');
define(0xfc10, 0xfc10, 0, 1, 'table');
define(0xfc11, 0xfc11, 3, 0, 'table');

/** Undefined for an instruction that overlays may not use. */
export const shapeOf = (opcode: number): InstructionShape | undefined => shapes.get(opcode);

/** The family that an instruction outside the allowed set belongs to, for the refusal. */
export function familyOf(opcode: number): string {
  const lead = opcode > 0xff ? opcode >> 8 : opcode;
  if (lead === 0xfd) return 'SIMD';
  if (lead === 0xfe) return 'threads and atomics';
  if (lead === 0xfb) return 'garbage collection';
  if (lead >= 0x06 && lead <= 0x0a) return 'exceptions';
  if (lead === 0x18 || lead === 0x19 || lead === 0x1f) return 'exceptions';
  if (lead === 0x12 || lead === 0x13) return 'tail calls';
  if (lead === 0x14 || lead === 0x15 || (lead >= 0xd3 && lead <= 0xd6)) return 'typed function references';
  return 'no feature known here';
}
