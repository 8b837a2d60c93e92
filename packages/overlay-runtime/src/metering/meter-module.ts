import { ByteReader } from '../module/byte-reader.js';
import type { ModuleLimits } from '../module/module-limits.js';
import { type Limits, type ModuleLayout, SECTION, type Table } from '../module/module-layout.js';
import { OP } from '../module/instructions.js';
import type { Counts } from '../module/read-instruction.js';
import { type FunctionType, I32, I64 } from '../module/value-types.js';
import type { Added } from './added.js';
import { ByteWriter } from './byte-writer.js';
import { countedSlots, outerSlots } from './call-depth.js';
import { callGraph } from './call-graph.js';
import { innerType, outerFunction } from './counted-calls.js';
import { meterFunction } from './meter-function.js';

/** Changes with anything that makes another module of the same one: receipts and the cache name it. */
export const INSTRUMENTER = 'forge-meter/2';

const MUTABLE = 1;
const FUNCTION = 0;
const GLOBAL = 3;
const EMPTY = 0x40;
const FUNCTION_TYPE = 0x60;

/** `(asked, present, most: i32) -> i64`: asked, or 0 where present and asked are more than most. */
const GROWABLE_CODE = [
  0x00, 0x20, 0x00, 0xad, 0x42, 0x00, 0x20, 0x00, 0xad, 0x20, 0x01, 0xad, 0x7c, 0x20, 0x02, 0xad, 0x58, 0x1b, 0x0b,
];

/**
 * Writes a decoded and valid module again so that it cannot run without fuel. Nothing of its own is renumbered: what is
 * added comes last of its kind, and so does the code of functions whose calls are counted. Custom sections are left out, and the start function becomes the export `forge.start`.
 *
 * @param stackSlots what calls within calls may take together, in values of 8 bytes
 */
export function meterModule(original: ModuleLayout, limits: ModuleLimits, stackSlots: number): Uint8Array {
  const module = capped(original, limits);
  const counts = countsOf(module);
  const slots = countedSlots(callGraph(module, counts), stackSlots);
  const growable = module.functionTypes.length;
  const counted = [...module.functionTypes.keys()].filter((index) => (slots[index] ?? 0) > 0);
  const added: Added = {
    fuel: module.globalCount,
    trap: module.globalCount + 1,
    depth: module.globalCount + 2,
    growable,
    inner: new Map(counted.map((index, i) => [index, growable + 1 + i])),
  };
  const sections = new SectionWriter(module);
  const types = new AddedTypes(module);
  const growableType = types.index([I32, I32, I32], [I64]);
  const metered = module.bodies.map((body, i) => {
    const index = module.imports.length + i;
    const type = typeOf(module, index);
    const resultType = types.blockType(type.results);
    const metering = { params: type.params.length, resultType, slots: slots[index] ?? 0 };
    return meterFunction(module, body, counts, added, metering);
  });
  const code = (index: number) => metered[index - module.imports.length] ?? Uint8Array.of();
  const outer = module.bodies.map((_, i) => {
    const index = module.imports.length + i;
    const inner = added.inner.get(index);
    if (inner === undefined) return code(index);
    const type = typeOf(module, index);
    return outerFunction(type, inner, outerSlots(type), added);
  });
  const innerTypes = counted.map((index) => {
    const { params, results } = innerType(typeOf(module, index));
    return new ByteWriter().u32(types.index(params, results)).bytes;
  });
  sections.extended(SECTION.type, types.added);
  sections.copied(SECTION.import);
  sections.extended(SECTION.function, [new ByteWriter().u32(growableType).bytes, ...innerTypes]);
  sections.vector(SECTION.table, module.tables.map(tableBytes));
  sections.vector(SECTION.memory, module.memory === null ? [] : [limitBytes(new ByteWriter(), module.memory).bytes]);
  sections.extended(SECTION.global, [
    Uint8Array.of(I64, MUTABLE, OP.i64Const, 0, OP.end),
    Uint8Array.of(I32, MUTABLE, OP.i32Const, 0, OP.end),
    new ByteWriter().byte(I32, MUTABLE, OP.i32Const).signed(stackSlots).byte(OP.end).bytes,
  ]);
  sections.extended(SECTION.export, [
    new ByteWriter().name('forge.fuel').byte(GLOBAL).u32(added.fuel).bytes,
    new ByteWriter().name('forge.trap').byte(GLOBAL).u32(added.trap).bytes,
    new ByteWriter().name('forge.depth').byte(GLOBAL).u32(added.depth).bytes,
    ...(module.start === null ? [] : [new ByteWriter().name('forge.start').byte(FUNCTION).u32(module.start).bytes]),
  ]);
  sections.copied(SECTION.element);
  sections.copied(SECTION.dataCount);
  const functions = [...outer, Uint8Array.from(GROWABLE_CODE), ...counted.map(code)];
  sections.vector(
    SECTION.code,
    functions.map((body) => new ByteWriter(body.length + 5).sized(body).bytes),
  );
  sections.copied(SECTION.data);
  return sections.bytes;
}

function typeOf(module: ModuleLayout, index: number): FunctionType {
  return module.types[module.functionTypes[index] ?? -1] ?? { params: [], results: [] };
}

export const countsOf = (module: ModuleLayout): Counts => ({
  types: module.types.length,
  functions: module.functionTypes.length,
  tables: module.tables.length,
  memories: module.memory === null ? 0 : 1,
  globals: module.globalCount,
  elements: Infinity,
  data: Infinity,
});

/** The module with the largest memory and tables that it may have. */
export function capped(module: ModuleLayout, limits: ModuleLimits): ModuleLayout {
  const present = module.tables.reduce((sum, { minimum }) => sum + minimum, 0);
  const share = Math.floor(Math.max(0, limits.tableElements - present) / Math.max(1, module.tables.length));
  const cap = (most: number, { minimum, maximum }: Limits): Limits => ({
    minimum,
    maximum: Math.min(maximum ?? most, most),
  });
  return {
    ...module,
    memory: module.memory && cap(limits.memoryPages, module.memory),
    tables: module.tables.map((table) => ({ ...table, ...cap(table.minimum + share, table) })),
  };
}

function tableBytes(table: Table): Uint8Array {
  return limitBytes(new ByteWriter().byte(table.elementType), table).bytes;
}

function limitBytes(writer: ByteWriter, { minimum, maximum }: Limits): ByteWriter {
  return maximum === null ? writer.byte(0).u32(minimum) : writer.byte(1).u32(minimum).u32(maximum);
}

/** Types that metering needs and the module may lack. */
class AddedTypes {
  readonly added: Uint8Array[] = [];
  readonly #known = new Map<string, number>();
  readonly #first: number;

  constructor(module: ModuleLayout) {
    this.#first = module.types.length;
  }

  index(params: readonly number[], results: readonly number[]): number {
    const key = `${params.join()}>${results.join()}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const index = this.#first + this.added.length;
    const writer = new ByteWriter()
      .byte(FUNCTION_TYPE)
      .u32(params.length)
      .byte(...params);
    this.added.push(writer.u32(results.length).byte(...results).bytes);
    this.#known.set(key, index);
    return index;
  }

  /** Bytes for the type of a block that takes nothing. */
  blockType(results: readonly number[]): readonly number[] {
    if (results.length === 0) return [EMPTY];
    if (results.length === 1) return results;
    return [...new ByteWriter().signed(this.index([], results)).bytes];
  }
}

class SectionWriter {
  readonly #out: ByteWriter;

  constructor(private readonly module: ModuleLayout) {
    this.#out = new ByteWriter(module.bytes.length * 2 + 512).byte(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
  }

  get bytes(): Uint8Array {
    return this.#out.bytes.slice();
  }

  copied(id: number): void {
    const range = this.module.sections.get(id);
    if (range !== undefined) this.#section(id, this.module.bytes.subarray(range.start, range.end));
  }

  vector(id: number, items: readonly Uint8Array[]): void {
    if (items.length === 0) return;
    const content = new ByteWriter(items.reduce((sum, { length }) => sum + length, 8)).u32(items.length);
    for (const item of items) content.copy(item);
    this.#section(id, content.bytes);
  }

  /** A section that is a list, with items after those that it has. */
  extended(id: number, items: readonly Uint8Array[]): void {
    const range = this.module.sections.get(id) ?? { start: 0, end: 0 };
    const reader = new ByteReader(this.module.bytes, range.start, range.end);
    const count = reader.done ? 0 : reader.u32();
    const content = new ByteWriter(range.end - range.start + 64).u32(count + items.length);
    content.copy(this.module.bytes, reader.at, range.end);
    for (const item of items) content.copy(item);
    this.#section(id, content.bytes);
  }

  #section(id: number, content: Uint8Array): void {
    this.#out.byte(id).sized(content);
  }
}
