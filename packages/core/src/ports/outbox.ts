/**
 * The outbox: work promised by a commit. Rows are written by `commit` and end by a commit that `completes` them,
 * or, when the work changes nothing in the store, by `finish`.
 * @module
 */

export interface DueMessage {
  readonly id: string;
  readonly topic: string;
  /** JSON text. */
  readonly payload: string;
  /** Ledger position of the commit that promised it. */
  readonly seq: number;
  /** Earlier attempts that failed. */
  readonly attempts: number;
}

export interface Outbox {
  /** Oldest first, only those whose time has come. `now` in milliseconds since the epoch. */
  due(now: number, limit: number): Promise<readonly DueMessage[]>;
  /** Puts a message off after a failed attempt. `error` is kept for the operator: no secrets. */
  defer(id: string, nextAttemptAt: number, error: string): Promise<void>;
  /** Ends messages whose work has no effect on the store; those that have ended are passed over. */
  finish(ids: readonly string[]): Promise<void>;
  /** Messages not yet ended, and those among them that have failed at least once. */
  backlog(): Promise<{ readonly pending: number; readonly failing: number }>;
}
