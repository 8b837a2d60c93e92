/**
 * Values of options that can be judged here, before anything is asked: what cannot be meant ends with exit code 2. Kept
 * free of other modules, as every command and its help load it.
 * @module
 */
import { InvalidArgumentError } from 'commander';

/** As the engine knows them; a test holds both to the same. */
export const CAPSULE_TYPE_NAMES = ['knowledge', 'code', 'decision', 'insight', 'config'];

export function integer(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** How many are wanted: at least one. */
export function count(text: string): number {
  if (/^-\d/.test(text)) throw new InvalidArgumentError('It must be 1 or more.');
  const number = integer(text);
  if (number === 0) throw new InvalidArgumentError('It must be 1 or more.');
  return number;
}

/** A trust. */
export function percent(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= 100) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 0 to 100.');
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** A time, as it was typed; the API takes a date alone for its first moment in UTC. */
export function moment(text: string): string {
  if (RFC_3339.test(text) && !Number.isNaN(Date.parse(text))) return text;
  if (DATE.test(text) && isDay(text)) return text;
  throw new InvalidArgumentError('It must be a date, or a time in RFC 3339, such as 2026-01-31T12:00:00Z.');
}

/** The 31st of February reads as a day in March. */
function isDay(date: string): boolean {
  const day = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
}
