/** Why Redis did not do what it was asked. Codes alone: its own messages may name addresses, users and keys. @module */
import { ErrorReply } from '@redis/client';
import { isBrokenCircuitError, TaskCancelledError } from 'cockatiel';

export type RedisFault =
  /** There is no connection. */
  | 'unreachable'
  /** It knows neither user nor password, or does not let the user do this. */
  | 'refused'
  | 'timeout'
  /** It is not asked for a moment, as it failed several times in a row. */
  | 'paused'
  /** It answered with an error: no memory left, read-only, still loading. */
  | 'failed';

const REFUSALS = /^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH|ERR invalid password)/;

export function redisFaultOf(error: unknown): RedisFault {
  if (isBrokenCircuitError(error)) return 'paused';
  // The library's own test for it looks for the mark of another error.
  if (error instanceof TaskCancelledError) return 'timeout';
  if (!(error instanceof ErrorReply)) return 'unreachable';
  return REFUSALS.test(error.message) ? 'refused' : 'failed';
}
