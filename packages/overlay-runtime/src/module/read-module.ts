import { ByteReader, malformed } from './byte-reader.js';
import { type Findings, refuseAtOnce } from './findings.js';
import { OP } from './instructions.js';
import type { ModuleLimits } from './module-limits.js';
import {
  type ByteRange,
  EXPORT_KINDS,
  type Export,
  type FunctionBody,
  type ImportedFunction,
  type Limits,
  type ModuleLayout,
  SECTION,
  type Table,
} from './module-layout.js';
import { type Counts, Instruction, indexBelow, readInstruction, referenceType, valueType } from './read-instruction.js';
import { readBody } from './read-body.js';
import type { FunctionType } from './value-types.js';

/** Places of the sections in a module; data count stands between elements and code. */
const ORDER = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11];
const OWN = 'Define it in the module and export it if the host needs it.';
const ONE = 'Use one memory.';
const SMALLER = 'Make the module smaller.';

/**
 * Decodes a module against the allowed set of sections, types and instructions. Types of operands are not checked: the
 * engine does that.
 *
 * @param refuse takes what can be passed over; what cannot is thrown
 * @throws ModuleRefused
 */
export function readModule(bytes: Uint8Array, limits: ModuleLimits, refuse: Findings = refuseAtOnce): ModuleLayout {
  if (bytes.length > limits.bytes)
    refuse('too_large', limits.bytes, `The module has ${bytes.length} bytes, more than ${limits.bytes}.`, SMALLER);
  return new ModuleReader(bytes, limits, refuse).read();
}

class ModuleReader {
  readonly #sections = new Map<number, ByteRange>();
  readonly #types: FunctionType[] = [];
  readonly #imports: ImportedFunction[] = [];
  readonly #functionTypes: number[] = [];
  readonly #tables: Table[] = [];
  readonly #exports: Export[] = [];
  readonly #referenced = new Set<number>();
  readonly #bodies: FunctionBody[] = [];
  #memory: Limits | null = null;
  #globals = 0;
  #importedGlobals = 0;
  #start: number | null = null;
  #elements = 0;
  #segmentElements = 0;
  #dataCount: number | null = null;
  #dataSegments = 0;
  #customSections = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly limits: ModuleLimits,
    private readonly refuse: Findings,
  ) {}

  read(): ModuleLayout {
    const reader = new ByteReader(this.bytes, 0, this.bytes.length);
    for (const [i, expected] of [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00].entries())
      if (reader.byte() !== expected)
        throw malformed(i, i < 4 ? 'This is no WebAssembly module.' : 'This is not version 1 of WebAssembly.');
    let place = -1;
    while (!reader.done) {
      const offset = reader.at;
      const id = reader.byte();
      const section = reader.part(reader.u32());
      if (id === SECTION.custom) {
        this.#custom(section, offset);
        continue;
      }
      const next = ORDER.indexOf(id);
      if (next < 0) {
        const what = id === 13 ? 'The section of tags (exceptions)' : `The section ${id}`;
        this.refuse('unsupported', offset, `${what} is not among those that overlays may have.`, 'Leave it out.');
        continue;
      }
      if (next <= place) throw malformed(offset, `The section ${id} stands twice or out of order.`);
      place = next;
      this.#sections.set(id, { start: section.at, end: section.end });
      this.#section(id, section);
      if (!section.done) throw malformed(section.at, `The section ${id} is longer than what it holds.`);
    }
    this.#checkCounts(reader.at);
    return this.#layout();
  }

  #layout(): ModuleLayout {
    return {
      bytes: this.bytes,
      sections: this.#sections,
      types: this.#types,
      imports: this.#imports,
      functionTypes: this.#functionTypes,
      tables: this.#tables,
      memory: this.#memory,
      globalCount: this.#globals,
      exports: this.#exports,
      start: this.#start,
      referenced: this.#referenced,
      bodies: this.#bodies,
    };
  }

  #checkCounts(offset: number): void {
    const defined = this.#functionTypes.length - this.#imports.length;
    if (defined > 0 && !this.#sections.has(SECTION.code)) throw malformed(offset, 'Functions have no code.');
    if (this.#dataCount !== null && this.#dataCount !== this.#dataSegments)
      throw malformed(offset, `${this.#dataCount} data segments are announced; there are ${this.#dataSegments}.`);
  }

  get #counts(): Counts {
    return {
      types: this.#types.length,
      functions: this.#functionTypes.length,
      tables: this.#tables.length,
      memories: this.#memory === null ? 0 : 1,
      globals: this.#globals,
      elements: this.#elements,
      data: this.#dataCount,
    };
  }

  #custom(section: ByteReader, offset: number): void {
    this.#name(section);
    this.#customSections += 1;
    if (this.#customSections === this.limits.customSections + 1)
      this.#tooMany('custom sections', this.limits.customSections, offset);
  }

  #section(id: number, section: ByteReader): void {
    switch (id) {
      case SECTION.type:
        return this.#each(section, 'types', this.limits.types, () => this.#type(section));
      case SECTION.import:
        return this.#each(section, 'imports', this.limits.imports, () => this.#import(section));
      case SECTION.function:
        return this.#each(section, 'functions', this.limits.functions, () => {
          this.#functionTypes.push(indexBelow(section, this.#types.length, 'type'));
        });
      case SECTION.table:
        return this.#each(section, 'tables', this.limits.tables, () => this.#table(section));
      case SECTION.memory:
        return this.#each(section, 'memories', Infinity, () => this.#oneMemory(section));
      case SECTION.global:
        return this.#each(section, 'globals', this.limits.globals, () => this.#global(section));
      case SECTION.export:
        return this.#each(section, 'exports', this.limits.exports, () => this.#export(section));
      case SECTION.start:
        this.#start = indexBelow(section, this.#functionTypes.length, 'function');
        return;
      case SECTION.element:
        return this.#each(section, 'element segments', this.limits.segments, () => this.#element(section));
      case SECTION.dataCount:
        this.#dataCount = section.u32();
        return;
      case SECTION.code:
        return this.#code(section);
      default:
        return this.#each(section, 'data segments', this.limits.segments, () => this.#data(section));
    }
  }

  #each(section: ByteReader, what: string, most: number, read: () => void): void {
    const at = section.at;
    const count = section.u32();
    // Each takes a byte at least: a count beyond that would keep a loop busy for nothing.
    if (count > section.end - section.at)
      throw malformed(at, `${count} ${what} are announced; the section is too short.`);
    if (count > most) this.#tooMany(what, most, at);
    for (let i = 0; i < count; i += 1) read();
  }

  #tooMany(what: string, most: number, offset: number): void {
    this.refuse('too_large', offset, `There are more than ${most} ${what}.`, SMALLER);
  }

  #name(reader: ByteReader): string {
    const at = reader.at;
    const { text, bytes } = reader.name();
    if (bytes > this.limits.nameBytes)
      this.refuse('too_large', at, `A name has ${bytes} bytes, more than ${this.limits.nameBytes}.`, 'Shorten it.');
    return text;
  }

  #type(section: ByteReader): void {
    const at = section.at;
    if (section.byte() !== 0x60) {
      section.at = at;
      this.refuse('unsupported', at, 'A type other than that of a function.', 'Leave out garbage-collected types.');
      throw malformed(at, 'What follows an unknown type cannot be read.');
    }
    this.#types.push({ params: this.#valueTypes(section), results: this.#valueTypes(section) });
  }

  #valueTypes(section: ByteReader): number[] {
    const at = section.at;
    const count = section.u32();
    if (count > section.end - section.at) throw malformed(at, 'A list of types is longer than its section.');
    if (count > this.limits.arity) this.#tooMany('parameters or results of one type', this.limits.arity, at);
    const types: number[] = [];
    for (let i = 0; i < count; i += 1) types.push(valueType(section));
    return types;
  }

  #import(section: ByteReader): void {
    const offset = section.at;
    const module = this.#name(section);
    const name = this.#name(section);
    const at = section.at;
    const kind = section.byte();
    if (kind === 0) {
      const typeIndex = indexBelow(section, this.#types.length, 'type');
      this.#imports.push({ module, name, typeIndex, offset });
      this.#functionTypes.push(typeIndex);
      return;
    }
    const what = EXPORT_KINDS[kind as 1 | 2 | 3];
    if (kind > 4) throw malformed(at, `An import has the unknown kind ${kind}.`);
    if (kind === 1) this.#tables.push(this.#tableType(section));
    else if (kind === 2) this.#memory = this.#memoryType(section);
    else if (kind === 3) {
      valueType(section);
      this.#mutability(section);
      this.#globals += 1;
      this.#importedGlobals += 1;
    } else {
      section.byte();
      section.u32();
    }
    const text = `The import ${module}.${name} is a ${kind === 4 ? 'tag (exceptions)' : what}; only functions are imported.`;
    this.refuse('unsupported', offset, text, OWN);
  }

  #table(section: ByteReader): void {
    const at = section.at;
    const table = this.#tableType(section);
    this.#tables.push(table);
    const elements = this.#tables.reduce((sum, { minimum }) => sum + minimum, 0);
    if (elements > this.limits.tableElements)
      this.refuse('too_large', at, `Tables begin with more than ${this.limits.tableElements} elements.`, SMALLER);
  }

  #tableType(section: ByteReader): Table {
    const elementType = referenceType(section);
    return { elementType, ...this.#limits(section) };
  }

  #oneMemory(section: ByteReader): void {
    const at = section.at;
    const memory = this.#memoryType(section);
    if (this.#memory !== null) this.refuse('unsupported', at, 'There is more than one memory.', ONE);
    this.#memory ??= memory;
    if (memory.minimum > this.limits.memoryPages)
      this.refuse(
        'too_large',
        at,
        `The memory begins with ${memory.minimum} pages, more than the ${this.limits.memoryPages} it may have.`,
        'Use less, or set memory_limit_pages in the manifest.',
      );
  }

  #memoryType(section: ByteReader): Limits {
    const at = section.at;
    const limits = this.#limits(section);
    if (Math.max(limits.minimum, limits.maximum ?? 0) > 65_536)
      this.refuse('invalid', at, 'A memory has more than 65,536 pages.', 'Use less.');
    return limits;
  }

  #limits(section: ByteReader): Limits {
    const at = section.at;
    const flags = section.byte();
    if (flags > 1) {
      const what = (flags & 4) !== 0 ? '64-bit addresses' : (flags & 2) !== 0 ? 'shared memory' : 'unknown flags';
      this.refuse('unsupported', at, `A memory or table has ${what}.`, 'Use a plain 32-bit one.');
      throw malformed(at, 'What follows unknown limits cannot be read.');
    }
    const minimum = section.u32();
    const maximum = flags === 1 ? section.u32() : null;
    if (maximum !== null && maximum < minimum)
      this.refuse('invalid', at, `A maximum (${maximum}) is below its minimum (${minimum}).`, 'Raise it.');
    return { minimum, maximum };
  }

  #mutability(section: ByteReader): void {
    const at = section.at;
    if (section.byte() > 1) throw malformed(at, 'A global is neither constant nor mutable.');
  }

  #global(section: ByteReader): void {
    valueType(section);
    this.#mutability(section);
    this.#constant(section);
    this.#globals += 1;
  }

  /** A constant expression: one instruction that gives a constant. */
  #constant(section: ByteReader): void {
    const instruction = new Instruction();
    const at = section.at;
    const counts = this.#counts;
    for (let length = 0; ; length += 1) {
      readInstruction(section, instruction, counts, 0);
      const { opcode } = instruction;
      if (opcode === OP.end) return;
      if (opcode === OP.refFunc) this.#referenced.add(instruction.index);
      // Globals of the module's own came into constants with garbage collection only.
      const ownGlobal = opcode === OP.globalGet && instruction.index >= this.#importedGlobals;
      if (!CONSTANTS.has(opcode) || ownGlobal || length > 0) throw refusedConstant(this.refuse, at);
    }
  }

  #export(section: ByteReader): void {
    const offset = section.at;
    const name = this.#name(section);
    const at = section.at;
    const kind = EXPORT_KINDS[section.byte() as 0 | 1 | 2 | 3] as (typeof EXPORT_KINDS)[number] | undefined;
    if (kind === undefined) throw malformed(at, `The export ${name} has an unknown kind.`);
    const { functions, tables, memories, globals } = this.#counts;
    const count = { function: functions, table: tables, memory: memories, global: globals }[kind];
    const index = indexBelow(section, count, kind);
    this.#exports.push({ name, kind, index, offset });
    if (name.startsWith('forge.'))
      this.refuse(
        'export',
        offset,
        `The export ${name} has a reserved name.`,
        'Give it a name that does not begin with "forge.".',
      );
  }

  /** The eight forms of an element segment: bit 0 passive or declared, bit 1 a table or declared, bit 2 expressions. */
  #element(section: ByteReader): void {
    const at = section.at;
    const form = section.u32();
    if (form > 7) throw malformed(at, `An element segment has the unknown form ${form}.`);
    const expressions = (form & 4) !== 0;
    const active = (form & 1) === 0;
    if (active) {
      if ((form & 2) !== 0) indexBelow(section, this.#tables.length, 'table');
      else if (this.#tables.length === 0)
        this.refuse('invalid', at, 'There is no table for an element segment.', 'Define one.');
      this.#constant(section);
    }
    if ((form & 3) !== 0) {
      const kindAt = section.at;
      if (expressions) referenceType(section);
      else if (section.byte() !== 0)
        throw malformed(kindAt, 'An element segment holds something other than functions.');
    }
    const countAt = section.at;
    const count = section.u32();
    if (count > section.end - section.at) throw malformed(countAt, 'An element segment is longer than its section.');
    this.#segmentElements += count;
    if (this.#segmentElements > this.limits.segmentElements)
      this.#tooMany('elements in segments', this.limits.segmentElements, countAt);
    for (let i = 0; i < count; i += 1) {
      if (expressions) this.#constant(section);
      else this.#referenced.add(indexBelow(section, this.#functionTypes.length, 'function'));
    }
    this.#elements += 1;
  }

  #code(section: ByteReader): void {
    const defined = this.#functionTypes.length - this.#imports.length;
    const at = section.at;
    const count = section.u32();
    if (count !== defined) throw malformed(at, `${defined} functions are declared; ${count} have code.`);
    const counts = this.#counts;
    for (let i = 0; i < count; i += 1) {
      const reader = section.part(section.u32());
      const type = this.#types[this.#functionTypes[this.#imports.length + i] ?? -1];
      const body = readBody(reader, type?.params.length ?? 0, counts, this.limits, this.refuse);
      if (body !== undefined) this.#bodies.push(body);
    }
  }

  #data(section: ByteReader): void {
    const at = section.at;
    const form = section.u32();
    if (form > 2) throw malformed(at, `A data segment has the unknown form ${form}.`);
    if (form === 2 && section.u32() !== 0)
      this.refuse('unsupported', at, 'A data segment is for a second memory.', ONE);
    if (form !== 1) {
      if (this.#memory === null) this.refuse('invalid', at, 'There is no memory for a data segment.', 'Define one.');
      this.#constant(section);
    }
    section.skip(section.u32());
    this.#dataSegments += 1;
  }
}

const CONSTANTS = new Set<number>([
  OP.i32Const,
  OP.i64Const,
  OP.f32Const,
  OP.f64Const,
  OP.globalGet,
  OP.refNull,
  OP.refFunc,
]);

function refusedConstant(refuse: Findings, at: number) {
  refuse(
    'unsupported',
    at,
    'A constant is computed by more than one plain instruction.',
    'Give it as a plain constant.',
  );
  return malformed(at, 'What follows an unknown constant cannot be read.');
}
