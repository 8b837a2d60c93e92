/**
 * Errors by meaning. The core knows no HTTP: `apps/server` holds the one table from code to status.
 * Compare `code`, never `instanceof`: errors cross threads.
 * @module
 */

/** Every way a use case can refuse. A new code breaks the server's status table until it is mapped. */
export type ErrorCode =
  | 'INVALID_INPUT'
  | 'UNAUTHENTICATED'
  | 'POLICY_DENIED'
  | 'REVIEWER_REQUIRED'
  | 'CAPSULE_NOT_FOUND'
  | 'NOT_FOUND'
  | 'KEY_TAKEN'
  | 'STATE_CONFLICT'
  | 'VERSION_CONFLICT'
  | 'PRECONDITION_REQUIRED'
  | 'IDEMPOTENCY_MISMATCH'
  | 'TOO_LARGE'
  | 'CONTENTION'
  | 'MAINTENANCE'
  | 'STORE_LOCKED'
  | 'STORE_READ_ONLY'
  | 'STORE_FULL'
  | 'STORE_CORRUPT'
  | 'STORE_SEALED'
  | 'STORE_CLOSED'
  | 'UNAVAILABLE';

/** Facts a caller may show: never a path, a stack or a secret. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** A refusal with a meaning. `details` travel to the client, `cause` only to the log. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** True for a {@link DomainError}, also for one that was rebuilt after crossing a thread. */
export function isDomainError(error: unknown): error is DomainError {
  return error instanceof Error && error.name === 'DomainError' && 'code' in error;
}
