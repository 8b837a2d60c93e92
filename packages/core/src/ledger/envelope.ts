/**
 * The envelope is the Merkle leaf: small, public, with nothing personal in it.
 * @module
 */

/** One entry of the ledger, as hashed. Names are the ledger's wire names and never change. */
export interface Envelope {
  /** Position in the ledger, from 1. The Merkle leaf index is `seq - 1`. */
  readonly seq: number;
  /** UUIDv7 of the event. */
  readonly id: string;
  readonly type: string;
  readonly entity_type: string;
  readonly entity_id: string;
  /** Opaque id of who acted. */
  readonly actor: string;
  readonly operation: string;
  readonly correlation_id: string;
  readonly causation_id: string | null;
  /** RFC 3339, UTC, milliseconds; never earlier than the entry before. */
  readonly timestamp: string;
  /** Lower-case hex of sha256(salt ‖ JCS(payload)). */
  readonly payload_commitment: string;
}

/**
 * The envelope in RFC 8785 form. Written out by hand because it is on the path of every write: keys are in code-unit
 * order, and JSON.stringify already gives strings and safe integers their canonical form.
 */
export function canonicalEnvelope(e: Envelope): string {
  return (
    `{"actor":${JSON.stringify(e.actor)},"causation_id":${JSON.stringify(e.causation_id)},` +
    `"correlation_id":${JSON.stringify(e.correlation_id)},"entity_id":${JSON.stringify(e.entity_id)},` +
    `"entity_type":${JSON.stringify(e.entity_type)},"id":${JSON.stringify(e.id)},` +
    `"operation":${JSON.stringify(e.operation)},"payload_commitment":"${e.payload_commitment}",` +
    `"seq":${e.seq},"timestamp":"${e.timestamp}","type":${JSON.stringify(e.type)}}`
  );
}
