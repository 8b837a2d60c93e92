/**
 * What an operation is. The table of operations is the one source of the server's routes, the OpenAPI document and the
 * typed client, so the three cannot drift apart.
 * @module
 */
import type { z } from 'zod';
import type { WireErrorCode } from './problem.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export const AREAS = {
  Capsules: 'Versioned records. A capsule id names one version; a series id names the newest.',
  Trust: 'How far a capsule may be relied on, and what taints it.',
  Retrieval: 'Search and cited answers.',
  Overlays: 'WebAssembly modules that extend the system, what they did, and the cascades between them.',
  Ledger: 'Signed checkpoints and proofs.',
  System: 'Health, metrics, audit trail, maintenance.',
} as const;

export type Area = keyof typeof AREAS;

/** Response headers that carry meaning beyond HTTP's own. */
export const RESPONSE_HEADERS = {
  ETag: 'The id of the head, in quotes. Send it back as `If-Match` to change the capsule.',
  Location: 'Where the new version is.',
  'Content-Location': 'The version that was answered, when it was addressed by its series id.',
} as const;

export type ResponseHeader = keyof typeof RESPONSE_HEADERS;

export interface ResponseShape {
  readonly description: string;
  /** By media type. */
  readonly content: Readonly<Record<string, z.ZodType>>;
  readonly headers?: readonly ResponseHeader[];
}

export const EVENT_STREAM_MEDIA_TYPE = 'text/event-stream';

/** The same answer as server-sent events, for whoever asks for {@link EVENT_STREAM_MEDIA_TYPE}. Its status is 200. */
export interface StreamShape {
  readonly description: string;
  /** By event name: what its data is, as JSON. `error` is a problem document and the end. */
  readonly events: Readonly<Record<string, z.ZodType>>;
}

export interface OperationShape {
  readonly id: string;
  readonly method: Method;
  /** Parameters in braces, as OpenAPI writes them. */
  readonly path: `/${string}`;
  readonly area: Area;
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** True when the body may be left out; the schema then accepts `{}`. */
  readonly bodyOptional?: true;
  /** Bytes; {@link BODY_LIMIT} when absent. */
  readonly bodyLimit?: number;
  readonly responses: Readonly<Record<number, ResponseShape>>;
  readonly stream?: StreamShape;
  /** Codes beyond those that follow from the rest of the definition, see {@link errorsOf}. */
  readonly errors?: readonly WireErrorCode[];
  /** Changes nothing, so maintenance does not stop it. */
  readonly readOnly: boolean;
  /** Sent twice it does no more than sent once, also without an idempotency key. */
  readonly idempotent: boolean;
  /** Whether `If-Match` must or may be sent. */
  readonly ifMatch?: 'required' | 'optional';
  /** Needs no token. */
  readonly open?: true;
  /** Switches maintenance itself, so maintenance must not stop it. */
  readonly duringMaintenance?: true;
}

/** Bytes of a request body, unless the operation says otherwise. */
export const BODY_LIMIT = 4 * 1024 * 1024;

export function defineOperation<const O extends OperationShape>(operation: O): O {
  return operation;
}

/** A JSON answer. */
export function json<S extends z.ZodType, const H extends readonly ResponseHeader[] = readonly []>(
  description: string,
  schema: S,
  headers?: H,
): { description: string; content: { 'application/json': S }; headers: H | readonly [] } {
  return { description, content: { 'application/json': schema }, headers: headers ?? [] };
}

/** A text answer. */
export function text<const M extends string, S extends z.ZodType>(
  description: string,
  mediaType: M,
  schema: S,
): { description: string; content: Record<M, S> } {
  return { description, content: { [mediaType]: schema } as Record<M, S> };
}

/** Query parameters that nobody declared are refused everywhere, so any request can be invalid. */
const ALWAYS: readonly WireErrorCode[] = [
  'MALFORMED_REQUEST',
  'INVALID_INPUT',
  'HEADERS_TOO_LARGE',
  'INTERNAL',
  'STORE_CORRUPT',
  'STORE_CLOSED',
  'UNAVAILABLE',
];

const WRITING: readonly WireErrorCode[] = [
  'POLICY_DENIED',
  'STATE_CONFLICT',
  'CONTENTION',
  'STORE_LOCKED',
  'STORE_READ_ONLY',
  'STORE_FULL',
];

/** Every code an operation can answer with: those it names and those that follow from its shape. */
export function errorsOf(operation: OperationShape): readonly WireErrorCode[] {
  const codes = new Set<WireErrorCode>(ALWAYS);
  if (!operation.open) codes.add('UNAUTHENTICATED').add('RATE_LIMITED');
  if (operation.method === 'POST') codes.add('IDEMPOTENCY_MISMATCH');
  if (operation.method === 'POST' || operation.method === 'PUT' || operation.method === 'DELETE') {
    codes.add('TOO_LARGE').add('UNSUPPORTED_MEDIA_TYPE');
  }
  if (operation.params && 'id' in operation.params.shape) {
    codes.add(operation.area === 'Overlays' ? 'NOT_FOUND' : 'CAPSULE_NOT_FOUND');
  }
  if (!operation.readOnly) {
    for (const code of WRITING) codes.add(code);
    codes.add('STORE_SEALED');
    if (!operation.duringMaintenance) codes.add('MAINTENANCE');
  }
  if (operation.ifMatch) codes.add('VERSION_CONFLICT');
  if (operation.ifMatch === 'required') codes.add('PRECONDITION_REQUIRED');
  for (const code of operation.errors ?? []) codes.add(code);
  return [...codes];
}

type Member<O, K extends string> = O extends { readonly [P in K]: infer V } ? V : never;
type InputOf<S> = S extends z.ZodType ? z.input<S> : never;
type OutputOf<S> = S extends z.ZodType ? z.output<S> : undefined;

export type ParamsOf<O extends OperationShape> = OutputOf<Member<O, 'params'>>;
export type QueryOf<O extends OperationShape> = OutputOf<Member<O, 'query'>>;
export type BodyOf<O extends OperationShape> = OutputOf<Member<O, 'body'>>;
export type StatusOf<O extends OperationShape> = keyof O['responses'] & number;

/** What an operation answers when it succeeds, over all its statuses and media types. */
export type AnswerOf<O extends OperationShape> = {
  [S in StatusOf<O>]: z.output<O['responses'][S]['content'][keyof O['responses'][S]['content']]>;
}[StatusOf<O>];

/** An event of an operation's stream. */
export type StreamEventOf<O extends OperationShape> = O extends { readonly stream: { readonly events: infer E } }
  ? { [N in keyof E & string]: { readonly event: N; readonly data: OutputOf<E[N]> } }[keyof E & string]
  : never;

type Part<K extends string, S> = [S] extends [never]
  ? unknown
  : Record<never, never> extends InputOf<S>
    ? { readonly [P in K]?: InputOf<S> }
    : { readonly [P in K]: InputOf<S> };

/** What a caller hands to the typed client. */
export type CallOf<O extends OperationShape> = Part<'params', Member<O, 'params'>> &
  Part<'query', Member<O, 'query'>> &
  Part<'body', Member<O, 'body'>> &
  (O extends { readonly ifMatch: 'required' } ? { readonly ifMatch: string } : unknown) &
  (O extends { readonly ifMatch: 'optional' } ? { readonly ifMatch?: string } : unknown) &
  (O extends { readonly method: 'POST' } ? { readonly idempotencyKey?: string } : unknown);

/** An answer that nobody may change: what the server builds from records it does not own. */
export type Immutable<T> = T extends readonly (infer E)[]
  ? readonly Immutable<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Immutable<T[K]> }
    : T;
