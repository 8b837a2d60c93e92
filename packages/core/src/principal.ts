/**
 * Who acts, and under which request.
 * @module
 */
import type { JsonValue } from './ledger/json.js';

export interface Principal {
  /** Opaque user id, as written into the ledger. */
  readonly id: string;
  /** May correct, quarantine, retract for others and set trust. */
  readonly reviewer: boolean;
  /** 0–100. */
  readonly trust: number;
}

/** A client's promise that two requests with one key are one request. */
export interface IdempotencyKey {
  readonly key: string;
  /** What was asked, to be hashed with a salt and compared on a repeat. */
  readonly request: JsonValue;
}

export interface RequestContext {
  readonly principal: Principal;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly idempotency: IdempotencyKey | null;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
