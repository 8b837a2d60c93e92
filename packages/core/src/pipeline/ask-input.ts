/**
 * What is asked, and the check of it before any phase runs.
 * @module
 */
import { DomainError } from '../errors.js';
import { canonicalize } from '../ledger/canonical-json.js';

export interface AskInput {
  readonly query: string;
  /** Capsules taken into the context, 1–50. */
  readonly limit?: number;
  /** Least chain trust of what may be cited. */
  readonly minTrust?: number;
  /** This collection and those below it. */
  readonly collection?: string;
  /** RFC 3339: answer from what was known then. */
  readonly asOf?: string;
  /** Trust the principal needs. */
  readonly requiredTrust?: number;
  readonly saveAsCapsule?: boolean;
}

/** UTF-16 units of the longest query. */
export const LONGEST_QUERY = 4_000;
export const MOST_SOURCES = 50;

/** Throws INVALID_INPUT. */
export function checkAskInput(input: AskInput): void {
  if (input.query.trim() === '') throw invalid('query', 'must not be empty');
  if (input.query.length > LONGEST_QUERY) throw invalid('query', `must have at most ${LONGEST_QUERY} characters`);
  try {
    canonicalize(input.query);
  } catch (cause) {
    throw invalid('query', 'must be well-formed text without NUL', cause);
  }
  checkInteger('limit', input.limit, 1, MOST_SOURCES);
  checkInteger('min_trust', input.minTrust, 0, 100);
  checkInteger('required_trust', input.requiredTrust, 0, 100);
  if (input.asOf !== undefined && Number.isNaN(Date.parse(input.asOf)))
    throw invalid('as_of', 'must be an RFC 3339 time');
}

function checkInteger(field: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined) return;
  if (!Number.isInteger(value) || value < least || value > most) {
    throw invalid(field, `must be a whole number from ${least} to ${most}`);
  }
}

function invalid(field: string, rule: string, cause?: unknown): DomainError {
  return new DomainError('INVALID_INPUT', `${field} ${rule}`, { field }, cause === undefined ? {} : { cause });
}
