/** What a failure of the driver or the server means to the user. @module */
import { DomainError, isDomainError } from '@forge-cascade/core/engine';

/** A failure as the driver reports it. */
interface DriverFailure extends Error {
  readonly code: string;
  readonly retriable?: boolean;
}

function isDriverFailure(error: unknown): error is DriverFailure {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && !isDomainError(error);
}

const LOST = new Set(['ServiceUnavailable', 'SessionExpired', 'N/A']);

/** The connection broke: whether a commit under way was written is not known. */
export function isConnectionLost(error: unknown): boolean {
  return isDriverFailure(error) && LOST.has(error.code);
}

/** The server ended a transaction that took too long, such as one of a process that was stopped in the middle of it. */
const TIMED_OUT = 'Neo.ClientError.Transaction.TransactionTimedOut';

/** Another process made the same constraint or index at this very moment. */
const MADE_BESIDE = 'Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists';

/** Nothing was written, and trying again may succeed: a deadlock, a leader that moved, a server that starts. */
export function isTransient(error: unknown): boolean {
  if (!isDriverFailure(error) || LOST.has(error.code)) return false;
  return error.retriable === true || error.code.startsWith(TIMED_OUT) || error.code === MADE_BESIDE;
}

const MEANING: readonly (readonly [prefix: string, code: DomainError['code'], message: string])[] = [
  [
    'Neo.ClientError.Security.Unauthorized',
    'UNAUTHENTICATED',
    'Neo4j refused user or password. Check the user and the password of the store.',
  ],
  [
    'Neo.ClientError.Security.AuthenticationRateLimit',
    'UNAUTHENTICATED',
    'Neo4j refuses this user for a while after too many wrong passwords. Correct the password and wait.',
  ],
  [
    'Neo.ClientError.Security.CredentialsExpired',
    'UNAUTHENTICATED',
    'The password of the Neo4j user has expired. Set a new one and give it to the store.',
  ],
  [
    'Neo.ClientError.Security',
    'STORE_READ_ONLY',
    'The Neo4j user lacks a right that the store needs: reading, writing, and making indexes and constraints.',
  ],
  [
    'Neo.ClientError.General.ForbiddenOnReadOnlyDatabase',
    'STORE_READ_ONLY',
    'The Neo4j database is read-only. Give the store a database that it may write to.',
  ],
  [
    'Neo.ClientError.General.WriteOnReadOnlyAccess',
    'STORE_READ_ONLY',
    'The Neo4j database is read-only. Give the store a database that it may write to.',
  ],
  [
    'Neo.ClientError.Database.DatabaseNotFound',
    'NOT_FOUND',
    'Neo4j has no database of that name. Check the database of the store.',
  ],
  [
    'Neo.TransientError.General.MemoryPoolOutOfMemoryError',
    'UNAVAILABLE',
    'Neo4j ran out of memory for a transaction; nothing was stored. Raise its memory limits.',
  ],
  [
    TIMED_OUT,
    'UNAVAILABLE',
    'Neo4j ended a transaction that took too long; nothing was stored. Try again, with less at once.',
  ],
  ['Neo.TransientError', 'UNAVAILABLE', 'Neo4j could not do it now; nothing was stored. Try again.'],
  ['Neo.DatabaseError.General.UnknownError', 'UNAVAILABLE', 'Neo4j failed; nothing was stored. Its log says why.'],
];

/** Names a failure by its meaning; anything unknown is passed on as it is. The cause goes to the log alone. */
export function storeError(error: unknown): unknown {
  if (!isDriverFailure(error)) return error;
  if (LOST.has(error.code)) {
    return new DomainError(
      'UNAVAILABLE',
      'Neo4j cannot be reached. Check that it runs and that the address of the store is right.',
      {},
      { cause: error },
    );
  }
  const meaning = MEANING.find(([prefix]) => error.code.startsWith(prefix));
  return meaning === undefined ? error : new DomainError(meaning[1], meaning[2], {}, { cause: error });
}
