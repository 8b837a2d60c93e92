/** What the host answers a guest: `{"ok": ...}` or `{"error": {"code", "message"}}`. @module */
import { isDomainError, type ErrorCode } from '../../errors.js';
import { CanonicalJsonError } from '../../ledger/canonical-json.js';
import type { JsonObject, JsonValue } from '../../ledger/json.js';
import { storableText } from '../storable-text.js';

export type HostErrorCode = 'DENIED' | 'INVALID' | 'LIMIT' | 'NOT_FOUND' | 'CONFLICT' | 'UNAVAILABLE';

/** Characters of a refusal: it repeats what the guest said, and can go on record. */
const MAX_TOLD = 500;

/** A host call that is refused; the guest is told, and goes on. */
export class HostRefusal extends Error {
  override readonly name = 'HostRefusal';
  constructor(
    readonly code: HostErrorCode,
    message: string,
    /** The guest reached for what it was not granted: that goes on record. */
    readonly violation = false,
  ) {
    super(storableText(message, MAX_TOLD));
  }
}

const CODE_OF: Partial<Record<ErrorCode, HostErrorCode>> = {
  INVALID_INPUT: 'INVALID',
  TOO_LARGE: 'INVALID',
  PRECONDITION_REQUIRED: 'INVALID',
  POLICY_DENIED: 'DENIED',
  REVIEWER_REQUIRED: 'DENIED',
  CAPSULE_NOT_FOUND: 'NOT_FOUND',
  NOT_FOUND: 'NOT_FOUND',
  KEY_TAKEN: 'CONFLICT',
  STATE_CONFLICT: 'CONFLICT',
  VERSION_CONFLICT: 'CONFLICT',
};

/** What the core refuses a guest, in the guest's terms. What else fails is the host's fault and says no more. */
export function refusalOf(error: unknown): HostRefusal {
  if (error instanceof HostRefusal) return error;
  if (error instanceof CanonicalJsonError)
    return new HostRefusal('INVALID', `This cannot be stored: ${error.message}.`);
  if (!isDomainError(error)) return new HostRefusal('UNAVAILABLE', 'The host could not answer this call.');
  const code = CODE_OF[error.code];
  return code === undefined
    ? new HostRefusal('UNAVAILABLE', 'The host could not answer this call. Try again later.')
    : new HostRefusal(code, error.message);
}

export function okReply(value: JsonValue): string {
  return JSON.stringify({ ok: value });
}

export function errorReply({ code, message }: HostRefusal): string {
  return JSON.stringify({ error: { code, message } });
}

/** @throws HostRefusal INVALID for anything but a JSON object. */
export function requestObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new HostRefusal('INVALID', 'The request must be a JSON object.');
}

/** @throws HostRefusal INVALID naming the field. */
export function textField(object: JsonObject, field: string): string {
  const value = object[field];
  if (typeof value === 'string' && value !== '') return value;
  throw new HostRefusal('INVALID', `${field} must be text.`);
}

/** @throws HostRefusal INVALID naming the field. */
export function wholeField(object: JsonObject, field: string, least: number, most: number): number | null {
  const value = object[field];
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new HostRefusal('INVALID', `${field} must be a whole number from ${least} to ${most}.`);
}

/** @throws HostRefusal INVALID naming the field. */
export function objectField(object: JsonObject, field: string): JsonObject {
  const value = object[field] ?? {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as JsonObject;
  throw new HostRefusal('INVALID', `${field} must be a JSON object.`);
}
