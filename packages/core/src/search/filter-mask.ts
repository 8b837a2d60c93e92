/**
 * Which documents a search may rank. Filters become a mask before ranking, never a sieve after it.
 * @module
 */
import { DOC_FLAG, type DocColumns } from './doc-columns.js';

/** All conditions must hold; an absent one is no condition. Trust, taint and rights are always today's. */
export interface SearchFilter {
  /** Least chain trust. */
  readonly minTrust?: number;
  /** Any of these types. */
  readonly types?: readonly string[];
  /** All of these tags. */
  readonly tags?: readonly string[];
  readonly owner?: string;
  /** The collection itself and everything below it: `a/b` covers `a/b/c` but not `a/bc`. */
  readonly collection?: string;
  /** What was current at this ledger position. Absent: today's heads. */
  readonly asOfSeq?: number;
  /** What was true in the world at this time, in milliseconds since 1970. */
  readonly validAt?: number;
  /** Creation time in milliseconds since 1970, from (inclusive) and to (exclusive). */
  readonly createdFrom?: number;
  readonly createdTo?: number;
  /** Default false. */
  readonly includeRetracted?: boolean;
  /** Default false. */
  readonly includeArchived?: boolean;
  /** The reader's access, one byte per ordinal; ordinals beyond its end are not allowed. Absent: everything. */
  readonly allowed?: Uint8Array;
}

/**
 * Writes 1 for each eligible and 0 for each other document into `out` (at least `columns.size` long) and returns how many
 * are eligible.
 */
export function buildMask(columns: DocColumns, filter: SearchFilter, out: Uint8Array): number {
  const size = columns.size;
  markCurrent(columns, filter, out);
  // One short loop per condition in use: each stays a scan of one typed array.
  const { minTrust, types, tags, owner, collection, validAt, createdFrom, createdTo, allowed } = filter;
  if (minTrust !== undefined) {
    const trust = columns.chainTrust;
    for (let i = 0; i < size; i++) if (trust[i]! < minTrust) out[i] = 0;
  }
  if (types !== undefined) {
    const wanted = new Uint8Array(256);
    for (const type of types) {
      const id = columns.types.find(type);
      if (id !== undefined) wanted[id] = 1;
    }
    const ids = columns.typeId;
    for (let i = 0; i < size; i++) if (wanted[ids[i]!] === 0) out[i] = 0;
  }
  if (owner !== undefined) {
    const id = columns.owners.find(owner) ?? -1;
    const ids = columns.ownerId;
    for (let i = 0; i < size; i++) if (ids[i] !== id) out[i] = 0;
  }
  if (collection !== undefined) {
    const wanted = collectionsUnder(columns, collection);
    const ids = columns.collectionId;
    for (let i = 0; i < size; i++) if (wanted[ids[i]!] !== 1) out[i] = 0;
  }
  if (validAt !== undefined) {
    const { validFrom, validTo } = columns;
    for (let i = 0; i < size; i++) if (validFrom[i]! > validAt || validTo[i]! <= validAt) out[i] = 0;
  }
  if (createdFrom !== undefined || createdTo !== undefined) {
    const from = createdFrom ?? -Infinity;
    const to = createdTo ?? Infinity;
    const created = columns.createdAt;
    for (let i = 0; i < size; i++) if (created[i]! < from || created[i]! >= to) out[i] = 0;
  }
  if (allowed !== undefined) {
    const known = Math.min(size, allowed.length);
    for (let i = 0; i < known; i++) if (allowed[i] === 0) out[i] = 0;
    out.fill(0, known, size);
  }
  if (tags !== undefined && tags.length > 0) keepTagged(columns, tags, out);
  let eligible = 0;
  for (let i = 0; i < size; i++) eligible += out[i]!;
  return eligible;
}

/** Versions that are current, or were at `asOfSeq`, and neither archived (then), erased nor retracted. */
function markCurrent(columns: DocColumns, filter: SearchFilter, out: Uint8Array): void {
  const { asOfSeq, includeRetracted, includeArchived } = filter;
  const { size, flags, recordedFrom, recordedTo } = columns;
  const hidden = DOC_FLAG.erased | (includeRetracted === true ? 0 : DOC_FLAG.retracted);
  if (asOfSeq === undefined) {
    const relevant = hidden | DOC_FLAG.head | (includeArchived === true ? 0 : DOC_FLAG.archived);
    for (let i = 0; i < size; i++) out[i] = (flags[i]! & relevant) === DOC_FLAG.head ? 1 : 0;
    return;
  }
  for (let i = 0; i < size; i++) {
    const current = recordedFrom[i]! <= asOfSeq && asOfSeq < recordedTo[i]! && (flags[i]! & hidden) === 0;
    out[i] = current ? 1 : 0;
  }
  if (includeArchived === true || !columns.everArchived) return;
  for (let i = 0; i < size; i++) if (out[i] === 1 && columns.wasArchived(i, asOfSeq)) out[i] = 0;
}

/** One byte per collection id. */
function collectionsUnder(columns: DocColumns, path: string): Uint8Array {
  const below = `${path}/`;
  return Uint8Array.from(columns.collections.values, (name) => (name === path || name.startsWith(below) ? 1 : 0));
}

function keepTagged(columns: DocColumns, tags: readonly string[], out: Uint8Array): void {
  const lists = [...new Set(tags)].map((tag) => columns.ordinalsOf(tag)).sort((a, b) => a.length - b.length);
  let kept = (lists[0] ?? []).filter((ordinal) => out[ordinal] === 1);
  for (const list of lists.slice(1)) {
    let at = 0;
    kept = kept.filter((ordinal) => {
      while (at < list.length && (list[at] ?? 0) < ordinal) at++;
      return list[at] === ordinal;
    });
  }
  out.fill(0, 0, columns.size);
  for (const ordinal of kept) out[ordinal] = 1;
}
