/**
 * A commit request as it crosses to the writer: every salt and commitment travels in one byte array, because cloning
 * dozens of small arrays costs more than writing the rows they belong to.
 * @module
 */
import type { CommitRequest, JsonValue, SealedEvent } from '@forge-cascade/core/engine';

const HASH = 32;

export interface EventMessage {
  readonly id: string;
  readonly type: string;
  readonly entityType: string;
  readonly entityId: string;
  readonly operation: string;
  readonly body: string;
  readonly privateFields: readonly string[];
  readonly privateValues: readonly JsonValue[];
}

export interface CommitMessage extends Omit<CommitRequest, 'events'> {
  readonly events: readonly EventMessage[];
  /** Milliseconds since the epoch by the caller's clock. */
  readonly now: number;
  /** Per event: salt, commitment, then one salt per private value; 32 bytes each. */
  readonly bytes: Uint8Array;
}

export function encodeCommit(request: CommitRequest, now: number): CommitMessage {
  let hashes = 0;
  for (const event of request.events) hashes += 2 + event.privateValues.length;
  const bytes = new Uint8Array(hashes * HASH);
  let at = 0;
  const put = (hash: Uint8Array): void => {
    bytes.set(hash, at);
    at += HASH;
  };
  const events = request.events.map((event): EventMessage => {
    put(event.salt);
    put(event.commitment);
    for (const { salt } of event.privateValues) put(salt);
    return {
      id: event.id,
      type: event.type,
      entityType: event.entityType,
      entityId: event.entityId,
      operation: event.operation,
      body: event.body,
      privateFields: event.privateValues.map((p) => p.field),
      privateValues: event.privateValues.map((p) => p.value),
    };
  });
  return { ...request, events, now, bytes };
}

/** The events of a message, with views into its bytes. */
export function decodeEvents(message: CommitMessage): SealedEvent[] {
  let at = 0;
  const take = (): Uint8Array => message.bytes.subarray(at, (at += HASH));
  return message.events.map((event) => ({
    id: event.id,
    type: event.type as SealedEvent['type'],
    entityType: event.entityType,
    entityId: event.entityId,
    operation: event.operation,
    salt: take(),
    commitment: take(),
    body: event.body,
    privateValues: event.privateFields.map((field, i) => ({
      field,
      salt: take(),
      value: event.privateValues[i] ?? null,
    })),
  }));
}
