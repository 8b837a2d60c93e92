import type { FunctionType } from './value-types.js';

/** Bytes from `start` up to `end` of the module. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface Limits {
  readonly minimum: number;
  readonly maximum: number | null;
}

export interface ImportedFunction {
  readonly module: string;
  readonly name: string;
  readonly typeIndex: number;
  readonly offset: number;
}

export const EXPORT_KINDS = ['function', 'table', 'memory', 'global'] as const;
export type ExportKind = (typeof EXPORT_KINDS)[number];

export interface Export {
  readonly name: string;
  readonly kind: ExportKind;
  readonly index: number;
  readonly offset: number;
}

export interface Table extends Limits {
  readonly elementType: number;
}

export interface FunctionBody {
  /** From the declarations of locals to the last `end`. */
  readonly range: ByteRange;
  /** Where the declarations of locals end. */
  readonly code: number;
  /** Locals beyond the parameters, as they are declared: how many of which type. */
  readonly locals: readonly { readonly count: number; readonly type: number }[];
  /** All locals, parameters included. */
  readonly localCount: number;
}

/** What the decoder found: where each section's content lies, and as much of its meaning as metering needs. */
export interface ModuleLayout {
  readonly bytes: Uint8Array;
  /** Content of the sections by id; custom sections are left out. */
  readonly sections: ReadonlyMap<number, ByteRange>;
  readonly types: readonly FunctionType[];
  readonly imports: readonly ImportedFunction[];
  /** Type of each function, imported ones first. */
  readonly functionTypes: readonly number[];
  readonly tables: readonly Table[];
  readonly memory: Limits | null;
  readonly globalCount: number;
  readonly exports: readonly Export[];
  readonly start: number | null;
  /** Functions that something besides a direct call can name: elements of tables, and `ref.func` outside of code. */
  readonly referenced: ReadonlySet<number>;
  readonly bodies: readonly FunctionBody[];
}

export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;
