/** Handler of `taint.notify`: tells each owner once how much of theirs a cause of taint reaches. @module */
import { trustFlow } from '../lineage/relation.js';
import { event } from '../ledger/events.js';
import { sealEvent } from '../ledger/seal.js';
import type { CapsuleReader } from '../ports/capsule-reader.js';
import type { CommitPort } from '../ports/commit-port.js';
import type { LineageGraph, LineageReader } from '../ports/lineage-reader.js';
import type { DueMessage } from '../ports/outbox.js';
import type { TaintNotice } from '../trust/taint-notice.js';
import type { MessageEnd } from './drain-outbox.js';

/** Acts where no person does. */
export const SYSTEM_ACTOR = 'system';

/** Records come with their content, so they are not all held at once. */
const READ_CHUNK = 200;

/**
 * One `owner.notified.v1` per owner in one commit, which also ends the message: told exactly once, however often this
 * runs. What the cause reaches follows from the lineage alone, whether or not the flags have arrived there yet.
 */
export async function notifyTaintedOwners(
  ports: LineageReader & CapsuleReader & CommitPort,
  message: DueMessage,
): Promise<MessageEnd> {
  const notice = JSON.parse(message.payload) as TaintNotice & Record<string, string | null>;
  const graph = await ports.lineage(notice.capsule_id, 'descendants', null);
  const owners = graph === null ? new Map<string, number>() : await countByOwner(ports, reached(graph));
  if (owners.size === 0) return 'no-effect';
  const result = await ports.commit({
    actor: SYSTEM_ACTOR,
    correlationId: notice['correlation_id'] ?? message.id,
    causationId: notice['causation_id'] ?? null,
    expect: [],
    claims: [],
    fence: null,
    events: [...owners].map(([ownerId, affected]) =>
      sealEvent(
        event(
          'owner.notified.v1',
          'NOTIFY',
          { type: 'User', id: ownerId },
          {
            owner_id: ownerId,
            kind: notice.kind,
            cause_id: notice.capsule_id,
            affected,
          },
        ),
      ),
    ),
    outbox: [],
    completes: message.id,
  });
  if (result.outcome === 'committed' || result.outcome === 'completed-before') return 'completed';
  throw new Error(`the notification was refused as ${result.outcome}`);
}

/** Descendants that trust is carried to, without the root. */
function reached(graph: LineageGraph): readonly string[] {
  const children = new Map<string, string[]>();
  for (const { parent, child, relation } of graph.edges) {
    if (trustFlow(relation) !== 'carries') continue;
    const known = children.get(parent);
    if (known === undefined) children.set(parent, [child]);
    else known.push(child);
  }
  const found = new Set([graph.root]);
  for (const id of found) for (const child of children.get(id) ?? []) found.add(child);
  found.delete(graph.root);
  return [...found];
}

async function countByOwner(reader: CapsuleReader, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const owners = new Map<string, number>();
  for (let from = 0; from < ids.length; from += READ_CHUNK) {
    for (const capsule of await reader.capsules(ids.slice(from, from + READ_CHUNK))) {
      if (capsule !== null) owners.set(capsule.ownerId, (owners.get(capsule.ownerId) ?? 0) + 1);
    }
  }
  return owners;
}
