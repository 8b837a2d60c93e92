/**
 * Holding a part of the request against its schema, and saying what is wrong without quoting it.
 * @module
 */
import type { FieldError } from '@forge-cascade/api';
import type { z } from 'zod';
import { shown } from './read-json.js';
import { Refusal } from './refusal.js';

/** More would tell a client nothing new. */
const MAX_ERRORS = 20;

/** @throws Refusal INVALID_INPUT naming every faulty field. */
export function checkInput(schema: z.ZodType, value: unknown, place: FieldError['in']): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) => fieldErrors(issue, place)).slice(0, MAX_ERRORS);
  const first = errors[0];
  const detail = first ? `${first.field === '' ? `The ${place}` : first.field}: ${first.message}` : 'Not valid';
  throw new Refusal('INVALID_INPUT', `${detail}${errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''}.`, {
    errors,
  });
}

function fieldErrors(
  issue: z.core.$ZodIssue,
  place: FieldError['in'],
  prefix: readonly PropertyKey[] = [],
): FieldError[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ in: place, field: fieldPath([...path, key]), message: 'is not known here' }));
  }
  if (issue.code === 'invalid_union') {
    // The branch with the fewest faults is the one that was most likely meant.
    const [closest] = [...issue.errors].sort((a, b) => a.length - b.length);
    if (closest && closest.length > 0) return closest.flatMap((inner) => fieldErrors(inner, place, path));
  }
  return [{ in: place, field: fieldPath(path), message: issue.message }];
}

/** `items[3].derived_from[0].id` */
function fieldPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? shown(String(step)) : `.${shown(String(step))}`;
  }
  return text;
}
