/** Why the quarantined and retracted capsules of a lineage are so: what taints is of little use without its reason. @module */
import type { EventPayloads } from '../ledger/events.js';
import type { LedgerReader } from '../ports/ledger-reader.js';
import type { LineageGraph, LineageNode } from '../ports/lineage-reader.js';
import { isTaintCause } from '../trust/standing.js';

/** Reasons by capsule id. */
export type StandingReasons = ReadonlyMap<string, string>;

/** The nearest ones that are explained; whoever has more bad ancestors than that has reason enough. */
const MOST_EXPLAINED = 32;
/** Changes of trust that are looked through for the quarantine. */
const MOST_CHANGES = 50;

/** Erased reasons, and none given, are left out. */
export async function standingReasons(
  ledger: Pick<LedgerReader, 'entries'>,
  { nodes }: Pick<LineageGraph, 'nodes'>,
): Promise<StandingReasons> {
  const causes = nodes.filter(isTaintCause).slice(0, MOST_EXPLAINED);
  const found = await Promise.all(causes.map(async (node) => ({ id: node.id, reason: await reasonOf(ledger, node) })));
  return new Map(found.flatMap(({ id, reason }) => (reason === null ? [] : [[id, reason] as const])));
}

async function reasonOf(ledger: Pick<LedgerReader, 'entries'>, { id, retracted }: LineageNode): Promise<string | null> {
  const type = retracted ? 'capsule.retracted.v1' : 'capsule.trust_changed.v1';
  const { items } = await ledger.entries({ entityId: id, type, order: 'newest', limit: MOST_CHANGES, cursor: null });
  for (const { payload } of items) {
    if (payload === null) continue;
    const change = payload as unknown as Partial<EventPayloads['capsule.trust_changed.v1']>;
    if (retracted || change.cause === 'quarantine') return change.reason ?? null;
  }
  return null;
}
