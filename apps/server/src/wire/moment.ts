/** Moments from the wire to the core. @module */
import { DomainError } from '@forge-cascade/core';

/** A date alone means its first moment in UTC. */
export function fullMoment<T extends string | null | undefined>(moment: T): T {
  return (typeof moment === 'string' && !/[Tt]/.test(moment) ? `${moment}T00:00:00Z` : moment) as T;
}

/**
 * The same moment in UTC with milliseconds, the one form in which texts compare as moments do.
 * @throws DomainError INVALID_INPUT when UTC puts it outside the years 0000–9999.
 */
export function utc(moment: string | undefined, field: string): string | undefined {
  if (moment === undefined) return undefined;
  const instant = new Date(fullMoment(moment));
  const text = Number.isNaN(instant.getTime()) ? '' : instant.toISOString();
  if (/^\d{4}-/.test(text)) return text;
  throw new DomainError('INVALID_INPUT', `${field} is outside the years 0000 to 9999.`, { field });
}
