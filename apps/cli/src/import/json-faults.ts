/**
 * What JSON can hold but the ledger's canonical form cannot.
 * @module
 */
import type { JsonObject } from '@forge-cascade/core';

const MAX_NESTING = 32;

/** Why a parsed value cannot be stored, or null when it can. */
export function jsonFault(value: unknown, nesting = 0): string | null {
  if (value === null || typeof value === 'boolean') return null;
  if (typeof value === 'string') return textFault(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return 'holds a number that is not finite';
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? 'holds an integer beyond 2^53-1' : null;
  }
  if (typeof value !== 'object') return `holds a ${typeof value}, which JSON cannot carry`;
  if (nesting >= MAX_NESTING) return `is nested deeper than ${MAX_NESTING} levels`;
  for (const [name, member] of Object.entries(value)) {
    const fault = textFault(name) ?? jsonFault(member, nesting + 1);
    if (fault !== null) return fault;
  }
  return null;
}

function textFault(text: string): string | null {
  if (text.includes('\0')) return 'holds a NUL character';
  // With the u flag a surrogate matches only when it stands alone.
  return /\p{Surrogate}/u.test(text) ? 'holds half of a surrogate pair' : null;
}

/** True for a plain object, as JSON and YAML mappings parse to. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
