/**
 * What a refusal says beyond its code, in the words of the wire.
 * @module
 */
import type { FieldError } from '@forge-cascade/api';
import type { CapsuleRecord, DomainError } from '@forge-cascade/core';
import { capsuleBody } from './capsule-body.js';

/** The facts of a DomainError as members of a problem document. A whole capsule becomes its wire form. */
export function wireDetails(error: DomainError, place: FieldError['in']): Readonly<Record<string, unknown>> {
  const members: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(error.details)) {
    if (name === 'field') members['errors'] = [{ in: place, field: String(value), message: error.message }];
    else members[snakeCase(name)] = isCapsule(value) ? capsuleBody(value) : value;
  }
  return members;
}

function isCapsule(value: unknown): value is CapsuleRecord {
  return (
    typeof value === 'object' && value !== null && 'seriesId' in value && 'derivedFrom' in value && 'content' in value
  );
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
