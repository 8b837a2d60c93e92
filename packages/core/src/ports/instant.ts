/** Times as ports take them. @module */
import { DomainError } from '../errors.js';

/**
 * Milliseconds of an RFC 3339 time; null when there is none.
 * @throws DomainError INVALID_INPUT naming the field.
 */
export function instantOf(time: string | undefined, field: string): number | null {
  if (time === undefined) return null;
  const ms = Date.parse(time);
  if (Number.isNaN(ms)) throw new DomainError('INVALID_INPUT', `${field} must be an RFC 3339 time.`, { field });
  return ms;
}
