/** Moments as RFC 3339 writes them. @module */
import { invalid } from './validate-text.js';

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-](\d\d):(\d\d))$/;

/**
 * The moment in UTC with milliseconds, so that texts compare as moments do.
 * @throws DomainError INVALID_INPUT for anything but an RFC 3339 date and time of the years 0000–9999.
 */
export function checkMoment(value: string | null, field: string): string | null {
  if (value === null) return null;
  const parts = typeof value === 'string' ? RFC3339.exec(value) : null;
  if (parts !== null) {
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zoneHour = 0, zoneMinute = 0] = parts
      .slice(1)
      .map((part) => Number(part ?? 0));
    const real = month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month) && hour < 24 && minute < 60;
    if (real && second < 60 && zoneHour < 24 && zoneMinute < 60) {
      // Date knows neither lower-case letters nor a space here, and takes at most what a number can hold of a fraction.
      const instant = new Date(
        value
          .toUpperCase()
          .replace(' ', 'T')
          .replace(/(\.\d{3})\d+/, '$1'),
      );
      const text = Number.isNaN(instant.getTime()) ? '' : instant.toISOString();
      if (/^\d{4}-/.test(text)) return text;
    }
  }
  throw invalid(field, `${field} must be a date and time with its zone as in RFC 3339, such as 2026-01-31T12:00:00Z.`);
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
