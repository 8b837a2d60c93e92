/** Reading a cascade back: what led to what, under one correlation id. @module */
import type { EventPayloads } from '../ledger/events.js';
import type { JsonObject } from '../ledger/json.js';
import { DomainError } from '../errors.js';
import { ENGINE_SOURCE } from '../overlay/publication.js';
import type { LedgerEntry, LedgerReader } from '../ports/ledger-reader.js';

export interface CascadeStep {
  readonly seq: number;
  /** RFC 3339. */
  readonly at: string;
  /** The overlay that published, or `engine`. */
  readonly source: string;
  readonly target: string;
  readonly handler: string | null;
  readonly type: string;
  /** From 1. */
  readonly hop: number;
  readonly publicationId: string | null;
  /** Receipt of the run that published. */
  readonly publishedBy: string | null;
  /** Receipt of the run that it led to. */
  readonly receiptId: string | null;
  /** Why it was not carried on here; null where it was. */
  readonly cut: string | null;
  /** What was published; null where it was cut, or erased. */
  readonly payload: JsonObject | null;
}

export interface CascadeBranch {
  readonly step: CascadeStep;
  readonly leads: readonly CascadeBranch[];
}

export interface Cascade {
  readonly correlationId: string;
  /** In the order of the ledger. */
  readonly steps: readonly CascadeStep[];
  /** Hops that went through, and the most of them in a row. */
  readonly hops: number;
  readonly depth: number;
  /** How often it was not carried on, by reason; the rest of a storm is one cut. */
  readonly cuts: Readonly<Record<string, number>>;
  /** There are more steps than were read. */
  readonly truncated: boolean;
}

const MOST_STEPS = 1_000;
/** Pages of cuts that are counted. */
const MOST_PAGES = 20;

/** @throws DomainError NOT_FOUND when nothing cascaded under this id. */
export async function readCascade(ledger: Pick<LedgerReader, 'entries'>, correlationId: string): Promise<Cascade> {
  const of = (type: string, cursor: string | null) =>
    ledger.entries({ correlationId, type, order: 'oldest', limit: MOST_STEPS, cursor });
  const [hops, cuts] = await Promise.all([of('cascade.triggered.v1', null), of('cascade.cut.v1', null)]);
  const later: LedgerEntry[] = [];
  for (let cursor = cuts.nextCursor, pages = 1; cursor !== null && pages < MOST_PAGES; pages++) {
    const page = await of('cascade.cut.v1', cursor);
    later.push(...page.items);
    cursor = page.nextCursor;
  }
  // A storm's cut is the end of it, and would be behind all that the storm itself has led to.
  const storms = later.filter(({ payload }) => payload?.['cut'] === 'STORM');
  const steps = [...hops.items, ...cuts.items, ...storms].map(stepOf).sort((a, b) => a.seq - b.seq);
  if (steps.length === 0) {
    throw new DomainError('NOT_FOUND', 'Nothing cascaded under this correlation id.', { id: correlationId });
  }
  const through = steps.filter(({ cut }) => cut === null);
  return {
    correlationId,
    steps,
    hops: through.length,
    cuts: countedCuts([...cuts.items, ...later]),
    depth: Math.max(0, ...through.map(({ hop }) => hop)),
    truncated: hops.nextCursor !== null || cuts.nextCursor !== null,
  };
}

function countedCuts(entries: readonly LedgerEntry[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { payload } of entries) {
    const cut = payload?.['cut'];
    if (typeof cut === 'string') counts[cut] = (counts[cut] ?? 0) + 1;
  }
  return counts;
}

/** Each step under the one whose run published what led to it. */
export function cascadeTree(steps: readonly CascadeStep[]): readonly CascadeBranch[] {
  const byReceipt = new Map<string, CascadeStep[]>();
  const known = new Set(steps.flatMap(({ receiptId }) => receiptId ?? []));
  const roots: CascadeStep[] = [];
  for (const step of steps) {
    const from = step.publishedBy;
    if (from === null || !known.has(from)) roots.push(step);
    else byReceipt.set(from, [...(byReceipt.get(from) ?? []), step]);
  }
  const branch = (step: CascadeStep): CascadeBranch => ({
    step,
    leads: (step.receiptId === null ? [] : (byReceipt.get(step.receiptId) ?? [])).map(branch),
  });
  return roots.map(branch);
}

function stepOf({ envelope, payload }: LedgerEntry): CascadeStep {
  const p = (payload ?? {}) as Partial<EventPayloads['cascade.triggered.v1'] & EventPayloads['cascade.cut.v1']>;
  return {
    seq: envelope.seq,
    at: envelope.timestamp,
    source: envelope.entity_type === 'System' ? ENGINE_SOURCE : envelope.entity_id,
    target: p.target_id ?? '',
    handler: p.hop?.handler ?? null,
    type: p.event_type ?? '',
    hop: p.hop?.number ?? 1,
    publicationId: p.hop?.publication_id ?? null,
    publishedBy: p.hop?.published_by ?? null,
    receiptId: p.hop?.receipt_id ?? null,
    cut: p.cut ?? null,
    payload: p.payload ?? null,
  };
}
