/**
 * From any error to a problem document: the only place where a meaning becomes a status.
 * @module
 */
import { ERRORS, problemType, type FieldError, type Problem, type WireErrorCode } from '@forge-cascade/api';
import { isDomainError, type ErrorCode } from '@forge-cascade/core';
import { wireDetails } from '../wire/error-details.js';
import { isRefusal } from './refusal.js';

// A code that the core learns and the wire does not know breaks the build here.
const STATUS: Record<WireErrorCode, { readonly status: number; readonly title: string }> = ERRORS satisfies Record<
  ErrorCode,
  { readonly status: number }
>;

/** Seconds after which trying again may help. */
const RETRY_AFTER: Partial<Record<WireErrorCode, number>> = {
  CONTENTION: 1,
  MAINTENANCE: 30,
  STORE_LOCKED: 5,
  STORE_CLOSED: 5,
  UNAVAILABLE: 5,
};

export interface ProblemReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly problem: Problem;
  /** True when nobody foresaw it: the log needs the error itself. */
  readonly unforeseen: boolean;
}

/** @param place where a field that a use case refuses was given. */
export function problemOf(error: unknown, correlationId: string, place: FieldError['in'] = 'body'): ProblemReply {
  if (isRefusal(error)) return reply(error.code, error.message, error.details, correlationId, error.headers);
  if (isDomainError(error) && error.code in STATUS) {
    // What is damaged inside is for the operator, not for whoever asked.
    if (error.code === 'STORE_CORRUPT') return { ...internal('STORE_CORRUPT', correlationId), unforeseen: true };
    return reply(error.code, error.message, wireDetails(error, place), correlationId);
  }
  const framework = FRAMEWORK[codeOf(error)];
  if (framework) return reply(framework.code, framework.detail, {}, correlationId);
  const status = statusOf(error);
  if (status !== null && status >= 400 && status < 500) {
    return reply('MALFORMED_REQUEST', 'The request could not be read.', {}, correlationId);
  }
  return { ...internal('INTERNAL', correlationId), unforeseen: true };
}

/** What the web framework itself refuses. */
const FRAMEWORK: Readonly<Record<string, { readonly code: WireErrorCode; readonly detail: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'TOO_LARGE', detail: 'The body is larger than this operation takes.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'UNSUPPORTED_MEDIA_TYPE', detail: 'Send the body as application/json.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'MALFORMED_REQUEST',
    detail: 'The body is not as long as it was said to be.',
  },
  FST_ERR_BAD_URL: { code: 'MALFORMED_REQUEST', detail: 'The address is not percent-encoded UTF-8.' },
  CanonicalJsonError: { code: 'INVALID_INPUT', detail: 'A value in the request has no canonical JSON form.' },
};

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : error.name;
}

function statusOf(error: unknown): number | null {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : null;
}

function internal(code: 'INTERNAL' | 'STORE_CORRUPT', correlationId: string): ProblemReply {
  return reply(code, 'The failure was logged under the correlation id.', {}, correlationId);
}

function reply(
  code: WireErrorCode,
  detail: string,
  details: Readonly<Record<string, unknown>>,
  correlationId: string,
  headers: Readonly<Record<string, string>> = {},
): ProblemReply {
  const { status, title } = STATUS[code];
  const retryAfter = RETRY_AFTER[code];
  return {
    status,
    headers: {
      ...headers,
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
      ...(status === 401 ? { 'www-authenticate': 'Bearer realm="forge-cascade"' } : {}),
    },
    // Details come first: nothing may stand in for the members that RFC 9457 defines.
    problem: {
      ...details,
      type: problemType(code),
      title,
      status,
      detail,
      code,
      instance: `urn:uuid:${correlationId}`,
    },
    unforeseen: false,
  };
}
