/**
 * How a refusal looks on the wire: RFC 9457 problem details, and the one table from error code to HTTP status.
 * @module
 */
import { z } from 'zod';

interface ErrorMeaning {
  readonly status: number;
  /** The same for every occurrence; `detail` says what happened this time. */
  readonly title: string;
}

/** Every code a problem may carry. Codes are stable; titles and details are for people. */
export const ERRORS = {
  MALFORMED_REQUEST: { status: 400, title: 'The request could not be read' },
  UNAUTHENTICATED: { status: 401, title: 'A valid bearer token is needed' },
  POLICY_DENIED: { status: 403, title: 'Refused by policy' },
  REVIEWER_REQUIRED: { status: 403, title: 'Only a reviewer may do this' },
  CAPSULE_NOT_FOUND: { status: 404, title: 'No such capsule' },
  NOT_FOUND: { status: 404, title: 'Nothing is here' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The resource does not know this method' },
  KEY_TAKEN: { status: 409, title: 'The key already names other content' },
  STATE_CONFLICT: { status: 409, title: 'Not possible in the present state' },
  VERSION_CONFLICT: { status: 412, title: 'The capsule has a newer head' },
  TOO_LARGE: { status: 413, title: 'The request is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body must be application/json' },
  INVALID_INPUT: { status: 422, title: 'The request was understood but is not valid' },
  IDEMPOTENCY_MISMATCH: { status: 422, title: 'The idempotency key was used for another request' },
  PRECONDITION_REQUIRED: { status: 428, title: 'If-Match is required' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The address or the header fields are too large' },
  INTERNAL: { status: 500, title: 'Something failed inside' },
  STORE_CORRUPT: { status: 500, title: 'The store is damaged' },
  STORE_SEALED: { status: 503, title: 'The store moved elsewhere: reading only' },
  CONTENTION: { status: 503, title: 'Too many writers at once' },
  MAINTENANCE: { status: 503, title: 'In maintenance: reading only' },
  STORE_LOCKED: { status: 503, title: 'The data folder is held by another process' },
  STORE_READ_ONLY: { status: 503, title: 'The store cannot be written' },
  STORE_CLOSED: { status: 503, title: 'Shutting down' },
  UNAVAILABLE: { status: 503, title: 'Not available at the moment' },
  STORE_FULL: { status: 507, title: 'No space is left for the store' },
} as const satisfies Record<string, ErrorMeaning>;

export type WireErrorCode = keyof typeof ERRORS;

export const WIRE_ERROR_CODES = Object.keys(ERRORS) as readonly WireErrorCode[];

/** `urn:forge:error:capsule-not-found` for `CAPSULE_NOT_FOUND`. */
export function problemType(code: WireErrorCode): string {
  return `urn:forge:error:${code.toLowerCase().replaceAll('_', '-')}`;
}

export const fieldErrorSchema = z
  .strictObject({
    in: z.enum(['body', 'query', 'path', 'header']),
    field: z.string().describe('Path of the field, such as `derived_from[0].id`; empty for the whole.'),
    message: z.string().describe('What is wrong. Never quotes the value.'),
  })
  .meta({ id: 'FieldError', description: 'One fault in a request.' });

export type FieldError = z.output<typeof fieldErrorSchema>;

export const problemSchema = z
  .looseObject({
    type: z.string().describe('Stable name of the kind of problem.'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    code: z.enum(WIRE_ERROR_CODES),
    instance: z.string().describe('Correlation id of the request, as a URN; it also stands in the log.'),
    errors: z.array(fieldErrorSchema).optional().describe('Every fault found, when the request is not valid.'),
    index: z.int().min(0).optional().describe('Which item of a batch was refused.'),
  })
  .meta({
    id: 'Problem',
    description: 'RFC 9457 problem details. A 409 for a taken key and a 412 carry the present head as `head`.',
    examples: [
      {
        type: 'urn:forge:error:capsule-not-found',
        title: 'No such capsule',
        status: 404,
        detail: 'There is no capsule with this id.',
        code: 'CAPSULE_NOT_FOUND',
        instance: 'urn:uuid:0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8a11',
      },
    ],
  });

export type Problem = z.output<typeof problemSchema>;

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';
