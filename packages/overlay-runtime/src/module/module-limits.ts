/** How large a module may be in each respect. Counts unless said otherwise. */
export interface ModuleLimits {
  /** Bytes of the whole module. */
  readonly bytes: number;
  readonly types: number;
  /** Parameters or results of one type. */
  readonly arity: number;
  readonly imports: number;
  readonly exports: number;
  /** Bytes of one name of an import, an export or a custom section. */
  readonly nameBytes: number;
  readonly functions: number;
  /** Bytes of one function's code. */
  readonly bodyBytes: number;
  /** Locals of one function, its parameters included. */
  readonly locals: number;
  /** Blocks within blocks in one function. */
  readonly nesting: number;
  /** Blocks and branches times locals of one function: compilers spend about as much time. */
  readonly blocksTimesLocals: number;
  readonly branchTargets: number;
  readonly tables: number;
  /** Elements of all tables together, at the largest that they may grow to. */
  readonly tableElements: number;
  /** Pages of 64 KiB that the memory may begin with or grow to. */
  readonly memoryPages: number;
  readonly globals: number;
  readonly segments: number;
  /** Elements that all element segments hold together. */
  readonly segmentElements: number;
  readonly customSections: number;
}

/** What overlays may have; `memoryPages` is what a manifest that says nothing gets. */
export const OVERLAY_LIMITS: ModuleLimits = {
  bytes: 2 << 20,
  types: 2_000,
  arity: 64,
  imports: 100,
  exports: 1_000,
  nameBytes: 1_024,
  functions: 20_000,
  bodyBytes: 512 << 10,
  locals: 4_000,
  nesting: 1_000,
  blocksTimesLocals: 8_000_000,
  branchTargets: 16_384,
  tables: 16,
  tableElements: 20_000,
  memoryPages: 256,
  globals: 4_000,
  segments: 4_000,
  segmentElements: 100_000,
  customSections: 100,
};
