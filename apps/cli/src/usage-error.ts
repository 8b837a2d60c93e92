/**
 * Two ways to fail: the command was not understood (exit code 2), or it could not be done (exit code 1).
 * @module
 */

import type { WireErrorCode } from '@forge-cascade/api';

/** What was typed cannot be meant: an unknown name, a missing argument, an impossible value. Ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** It was understood and did not work out. Ends with exit code 1. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  constructor(
    message: string,
    /** What the user can do about it; printed on a line of its own. */
    readonly hint: string | null = null,
    /** In the words of the API, for `--json`. */
    readonly code: WireErrorCode = 'STATE_CONFLICT',
  ) {
    super(message);
  }
}
