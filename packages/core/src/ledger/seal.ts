/**
 * Sealing splits an event's payload in two: the committed body, where each private field stands as a commitment, and
 * the private values with their salts. Erasing a private value leaves the body, and with it every proof, intact.
 * @module
 */
import { uuidv7 } from 'uuidv7';
import { canonicalize } from './canonical-json.js';
import { commitText, newSalt } from './commitment.js';
import { PRIVATE_FIELDS, type DomainEvent, type EventPayloads, type EventType } from './events.js';
import type { JsonObject, JsonValue } from './json.js';

/** One private field: its salt and its value, kept apart from the committed body. */
export interface PrivateValue {
  readonly field: string;
  readonly salt: Uint8Array;
  readonly value: JsonValue;
}

/** An event ready to be committed: all hashing that does not need its place in the ledger is done. */
export interface SealedEvent {
  readonly id: string;
  readonly type: EventType;
  readonly entityType: string;
  readonly entityId: string;
  readonly operation: string;
  readonly salt: Uint8Array;
  /** RFC 8785 text; private fields stand as `{"$commitment": hex}`. */
  readonly body: string;
  /** sha256(salt ‖ body). */
  readonly commitment: Uint8Array;
  readonly privateValues: readonly PrivateValue[];
}

/** How a private field stands in the committed body. */
const COMMITMENT_KEY = '$commitment';

export function sealEvent(event: DomainEvent): SealedEvent {
  const body: Record<string, JsonValue> = { ...(event.payload as unknown as JsonObject) };
  const privateValues: PrivateValue[] = [];
  for (const field of PRIVATE_FIELDS[event.type]) {
    const value = body[field];
    // Nothing was written, so there is nothing to hide or to erase.
    if (value === null || value === undefined) continue;
    const salt = newSalt();
    body[field] = { [COMMITMENT_KEY]: hex(commitText(salt, canonicalize(value))) };
    privateValues.push({ field, salt, value });
  }
  const salt = newSalt();
  const text = canonicalize(body);
  return {
    id: uuidv7(),
    type: event.type,
    entityType: event.entityType,
    entityId: event.entityId,
    operation: event.operation,
    salt,
    body: text,
    commitment: commitText(salt, text),
    privateValues,
  };
}

/** The commitment a body holds for a private field, or null when the field was never private in it. */
export function committedField(body: JsonObject, field: string): string | null {
  const value = body[field];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const commitment = (value as JsonObject)[COMMITMENT_KEY];
  return typeof commitment === 'string' ? commitment : null;
}

/**
 * The payload as it was decided. A private value that was erased comes back as null: whoever evolves state from
 * events must be total over that.
 */
export function openPayload<T extends EventType>(
  type: T,
  body: JsonObject,
  privateValues: Iterable<{ readonly field: string; readonly value: JsonValue }>,
): EventPayloads[T] {
  const payload: Record<string, JsonValue> = { ...body };
  for (const field of PRIVATE_FIELDS[type]) if (committedField(body, field) !== null) payload[field] = null;
  for (const { field, value } of privateValues) payload[field] = value;
  return payload as unknown as EventPayloads[T];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
