import { parseCheckpoint } from '../ledger/checkpoint.js';
import { event } from '../ledger/events.js';
import { sealEvent } from '../ledger/seal.js';
import type { KeptEntry } from '../ports/replica.js';
import type { Store } from '../ports/store.js';

/** The entry that opens the next chapter behind a sealed store's last one: it names that chapter's signed end. */
export async function openingEntry(
  source: Store,
  { origin, now, correlationId }: { readonly origin: string; readonly now: number; readonly correlationId: string },
): Promise<KeptEntry> {
  const [{ ownerId }, note] = [await source.status(), await source.checkpoint()];
  const { size } = parseCheckpoint(note);
  const [last] = await source.replica.history(size - 1, 1);
  const payload = { origin, owner_id: ownerId, parent_checkpoint: note };
  const sealed = sealEvent(event('store.opened.v1', 'OPEN', { type: 'Store', id: origin }, payload));
  return {
    envelope: {
      seq: size + 1,
      id: sealed.id,
      type: sealed.type,
      entity_type: sealed.entityType,
      entity_id: sealed.entityId,
      actor: ownerId,
      operation: sealed.operation,
      correlation_id: correlationId,
      causation_id: null,
      timestamp: new Date(Math.max(now, Date.parse(last?.envelope.timestamp ?? ''))).toISOString(),
      payload_commitment: Buffer.from(sealed.commitment).toString('hex'),
    },
    salt: sealed.salt,
    body: sealed.body,
    privateValues: sealed.privateValues,
  };
}
