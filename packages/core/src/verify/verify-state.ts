/** The image of the ledger: every stored row against the state that follows from the entries. @module */
import { headOf, type CapsuleState, type MemoryState, type SeriesState } from '../memory/memory-state.js';
import { canonicalize } from '../ledger/canonical-json.js';
import type { JsonValue } from '../ledger/json.js';
import type { FindingKind, Findings } from './verify-findings.js';
import type {
  VerifyArchiveSpan,
  VerifyCapsule,
  VerifyEdge,
  VerifyPendingTrust,
  VerifySeries,
} from './verify-source.js';

const KIND_OF_FIELD: Partial<Record<keyof VerifyCapsule, FindingKind>> = {
  content: 'content-changed',
  ownerId: 'owner-changed',
  trust: 'trust-changed',
  trustBefore: 'trust-changed',
  retracted: 'trust-changed',
  chainTrust: 'trust-changed',
  tainted: 'trust-changed',
  warned: 'trust-changed',
};

const STANDING: readonly (keyof VerifyCapsule)[] = ['chainTrust', 'tainted', 'warned'];

/** Compares rows in any order; call {@link finish} after the last. */
export class StateVerifier {
  /** Capsules whose standing has not settled yet. */
  readonly unsettled = new Set<CapsuleState>();
  readonly #bySeq: ReadonlyMap<number, CapsuleState>;
  readonly #capsules = new Set<string>();
  readonly #series = new Set<string>();
  /** Ordinals seen, by child. */
  readonly #edges = new Map<number, Set<number>>();
  readonly #spans = new Set<string>();

  constructor(
    private readonly findings: Findings,
    private readonly state: MemoryState,
    /** As the state's content was kept. */
    private readonly keepContent: (content: string) => string,
  ) {
    this.#bySeq = new Map([...state.capsules.values()].map((capsule) => [capsule.seq, capsule]));
  }

  /** Take these before any capsule. `trustEvents` maps events that move trust to their capsule. */
  pendingTrust({ root, event }: VerifyPendingTrust, trustEvents: ReadonlyMap<number, string>): void {
    const capsule = this.#bySeq.get(root);
    if (capsule === undefined || trustEvents.get(event) !== capsule.id) {
      this.findings.add(
        'state-row-added',
        `A trust change is said to be on its way from entry ${root}, but entry ${event} is none.`,
        { seq: root },
      );
      return;
    }
    const reached = new Set([capsule]);
    for (const next of reached) for (const child of next.children) reached.add(child);
    for (const next of reached) this.unsettled.add(next);
  }

  capsule(row: VerifyCapsule): void {
    const where = { seq: row.seq, id: row.id };
    const capsule = this.state.capsules.get(row.id);
    if (capsule === undefined || this.#capsules.has(row.id)) {
      this.findings.add('state-row-added', `Capsule ${row.id} is stored, but no entry made it.`, where);
      return;
    }
    this.#capsules.add(row.id);
    const expected = rowOf(capsule);
    const actual: VerifyCapsule = { ...row, content: this.keepContent(row.content) };
    for (const field of Object.keys(expected) as (keyof VerifyCapsule)[]) {
      if (alike(actual[field], expected[field])) continue;
      if (STANDING.includes(field) && this.unsettled.has(capsule)) continue;
      const kind = KIND_OF_FIELD[field] ?? 'capsule-changed';
      this.findings.add(kind, `The stored ${field} of capsule ${row.id} (entry ${capsule.seq}) was changed.`, {
        ...where,
        field,
      });
    }
  }

  series(row: VerifySeries): void {
    const series = this.state.series.get(row.id);
    if (series === undefined || this.#series.has(row.id)) {
      this.findings.add('state-row-added', `Series ${row.id} is stored, but no entry made it.`, { id: row.id });
      return;
    }
    this.#series.add(row.id);
    const expected = seriesRowOf(series);
    for (const field of Object.keys(expected) as (keyof VerifySeries)[]) {
      if (row[field] === expected[field]) continue;
      const kind = field === 'ownerId' ? 'owner-changed' : field === 'archived' ? 'archive-changed' : 'series-changed';
      this.findings.add(kind, `The stored ${field} of series ${row.id} was changed.`, {
        seq: expected.head,
        id: row.id,
        field,
      });
    }
  }

  edge(row: VerifyEdge): void {
    const child = this.#bySeq.get(row.child);
    const expected = child?.parents[row.ordinal];
    const seen = this.#edges.get(row.child) ?? new Set();
    if (child === undefined || expected === undefined || seen.has(row.ordinal)) {
      const what = `An edge from ${child?.id ?? `entry ${row.child}`} to entry ${row.parent} is stored, but was never declared.`;
      this.findings.add('edge-added', what, { seq: row.child, ...(child === undefined ? {} : { id: child.id }) });
      return;
    }
    this.#edges.set(row.child, seen.add(row.ordinal));
    const declared = {
      parent: expected.parent.seq,
      relation: expected.relation,
      reason: expected.reason,
      changes: expected.changes,
    };
    for (const field of Object.keys(declared) as (keyof typeof declared)[]) {
      if (alike(row[field], declared[field])) continue;
      const what = `The ${field} of the edge from capsule ${child.id} to ${expected.parent.id} was changed.`;
      this.findings.add('edge-changed', what, { seq: child.seq, id: child.id, field });
    }
  }

  archiveSpan(row: VerifyArchiveSpan): void {
    const span = this.state.series.get(row.seriesId)?.archiveSpans.find(({ from }) => from === row.from);
    const name = spanName(row.seriesId, row.from);
    const where = { seq: row.from, id: row.seriesId };
    if (span === undefined || this.#spans.has(name)) {
      this.findings.add(
        'state-row-added',
        `Series ${row.seriesId} is said to have been archived by entry ${row.from}, which did not.`,
        where,
      );
      return;
    }
    this.#spans.add(name);
    if (span.to === row.to) return;
    this.findings.add(
      'archive-changed',
      `The end of the archive of series ${row.seriesId} (entry ${row.from}) was changed.`,
      {
        ...where,
        field: 'to',
      },
    );
  }

  finish(): void {
    for (const { id, seq, parents } of this.state.capsules.values()) {
      if (!this.#capsules.has(id)) {
        this.findings.add('state-row-missing', `Capsule ${id} (entry ${seq}) is not stored any more.`, { seq, id });
      }
      const seen = this.#edges.get(seq);
      for (const [ordinal, { parent }] of parents.entries()) {
        if (seen?.has(ordinal) === true) continue;
        this.findings.add(
          'edge-missing',
          `The edge from capsule ${id} (entry ${seq}) to ${parent.id} is not stored any more.`,
          { seq, id },
        );
      }
    }
    for (const { id, archiveSpans } of this.state.series.values()) {
      if (!this.#series.has(id)) this.findings.add('state-row-missing', `Series ${id} is not stored any more.`, { id });
      for (const { from } of archiveSpans) {
        if (this.#spans.has(spanName(id, from))) continue;
        this.findings.add('state-row-missing', `The archive of series ${id} by entry ${from} is not stored any more.`, {
          seq: from,
          id,
        });
      }
    }
  }
}

/** The row a capsule should have; its content as the state kept it. */
export function rowOf(capsule: CapsuleState): VerifyCapsule {
  const { seq, id, series, recordedTo, version, type, ownerId, title, content, summary, tags, metadata } = capsule;
  const { collection, position, validFrom, validTo, createdAt, updatedAt } = capsule;
  const { trust, trustBefore, retracted, chainTrust, tainted, warned } = capsule;
  return {
    ...{ seq, id, seriesId: series.id, isHead: recordedTo === null, version, type, ownerId, title, content, summary },
    ...{ tags, metadata, collection, position, validFrom, validTo, recordedTo, createdAt, updatedAt },
    ...{ trust, trustBefore, retracted, chainTrust, tainted, warned },
  };
}

/** The row a series should have. */
export function seriesRowOf(series: SeriesState): VerifySeries {
  const { id, ownerId, key, archived } = series;
  return { id, ownerId, key, head: headOf(series).seq, archived };
}

function spanName(seriesId: string, from: number): string {
  return `${from}/${seriesId}`;
}

function alike(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return text(a) === text(b);
}

/** Canonical text; what has none equals nothing that was committed. */
function text(value: object): string | null {
  try {
    return canonicalize(value as JsonValue);
  } catch {
    return null;
  }
}
