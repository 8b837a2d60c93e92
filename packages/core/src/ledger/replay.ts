/** Entries of one ledger as the commits that write them again, byte for byte, in another store. @module */
import { DomainError } from '../errors.js';
import type { CommitRequest } from '../ports/commit-port.js';
import type { KeptEntry } from '../ports/replica.js';
import type { EventType } from './events.js';
import type { SealedEvent } from './seal.js';

export interface Replayed {
  readonly request: CommitRequest;
  /** Milliseconds: the time all its entries bear. */
  readonly at: number;
}

/**
 * @param size entries that the store holds already.
 * @throws DomainError STATE_CONFLICT when the entries do not follow those; STORE_CORRUPT for one whose payload is gone.
 */
export function replayed(entries: readonly KeptEntry[], size: number): readonly Replayed[] {
  const commits: { request: CommitRequest & { events: SealedEvent[] }; at: number }[] = [];
  entries.forEach(({ envelope, ...kept }, i) => {
    if (envelope.seq !== size + 1 + i) {
      throw new DomainError('STATE_CONFLICT', `Entry ${envelope.seq} does not follow entry ${size + i}.`);
    }
    const last = commits.at(-1);
    const at = Date.parse(envelope.timestamp);
    const { actor, correlation_id: correlationId, causation_id: causationId } = envelope;
    const event = sealedAgain({ envelope, ...kept });
    const sameCommit =
      last?.at === at &&
      last.request.actor === actor &&
      last.request.correlationId === correlationId &&
      last.request.causationId === causationId;
    if (sameCommit) return void last.request.events.push(event);
    const rest = { expect: [], claims: [], fence: null, outbox: [], completes: null };
    commits.push({ request: { actor, correlationId, causationId, ...rest, events: [event] }, at });
  });
  return commits;
}

/** The event as it was sealed, with its own salts. @throws DomainError STORE_CORRUPT when its payload is gone. */
export function sealedAgain({ envelope, salt, body, privateValues }: KeptEntry): SealedEvent {
  if (salt === null || body === null) {
    throw new DomainError('STORE_CORRUPT', `The payload of entry ${envelope.seq} is gone.`);
  }
  return {
    id: envelope.id,
    type: envelope.type as EventType,
    entityType: envelope.entity_type,
    entityId: envelope.entity_id,
    operation: envelope.operation,
    salt,
    body,
    commitment: Buffer.from(envelope.payload_commitment, 'hex'),
    privateValues,
  };
}
