/**
 * The typed client: one method per operation, shaped by the operation table. Runs in browsers and in Node.
 * @module
 */
import { readEvents } from './event-stream.js';
import {
  EVENT_STREAM_MEDIA_TYPE,
  type AnswerOf,
  type CallOf,
  type OperationShape,
  type StatusOf,
  type StreamEventOf,
} from './operation.js';
import { operations, OPERATION_IDS, type OperationId, type Operations } from './operations.js';
import { problemSchema, type Problem, type WireErrorCode } from './problem.js';

/** A refusal, as the server explained it. `code` is `UNREADABLE_ANSWER` when what came back was no problem document. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly code: WireErrorCode | 'UNREADABLE_ANSWER',
    readonly status: number,
    message: string,
    /** The whole problem document, or null. */
    readonly problem: Problem | null,
    /** Seconds after which it is worth trying again. */
    readonly retryAfter: number | null,
  ) {
    super(message);
  }
}

export interface ClientOptions {
  /** Such as `http://127.0.0.1:8787`. */
  readonly baseUrl: string;
  readonly token?: string;
  /** The platform's own by default. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** A UUID to be found again in the audit trail. */
  readonly correlationId?: string;
}

export interface Answer<O extends OperationShape> {
  readonly status: StatusOf<O>;
  readonly body: AnswerOf<O>;
  readonly headers: Headers;
}

type IsEmpty<T> = Record<never, never> extends T ? true : false;

/** The same operation, read while it is answered. The last event is `done`; `error` is thrown as an {@link ApiError}. */
type Streaming<O extends OperationShape> = O extends { readonly stream: object }
  ? { readonly stream: (call: CallOf<O> & CallOptions) => AsyncIterable<Exclude<StreamEventOf<O>, { event: 'error' }>> }
  : unknown;

export type Client = {
  readonly [K in OperationId]: (IsEmpty<CallOf<Operations[K]>> extends true
    ? (call?: CallOf<Operations[K]> & CallOptions) => Promise<Answer<Operations[K]>>
    : (call: CallOf<Operations[K]> & CallOptions) => Promise<Answer<Operations[K]>>) &
    Streaming<Operations[K]>;
};

interface AnyCall extends CallOptions {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly ifMatch?: string;
  readonly idempotencyKey?: string;
}

/** @throws ApiError when the server refuses; whatever `fetch` throws when it cannot be reached. */
export function createClient(options: ClientOptions): Client {
  const methods = OPERATION_IDS.map((id) => {
    const operation: OperationShape = operations[id];
    const method = (call: AnyCall = {}) => send(options, operation, call);
    const stream = (call: AnyCall = {}) => sendStreaming(options, operation, call);
    return [id, operation.stream === undefined ? method : Object.assign(method, { stream })];
  });
  return Object.fromEntries(methods) as unknown as Client;
}

async function send(options: ClientOptions, operation: OperationShape, call: AnyCall): Promise<unknown> {
  const response = await request(options, operation, call, 'application/json, text/*;q=0.9, application/problem+json');
  const text = await response.text();
  if (!response.ok) throw refusal(response, text);
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  return { status: response.status, body: isJson ? (JSON.parse(text) as unknown) : text, headers: response.headers };
}

async function* sendStreaming(
  options: ClientOptions,
  operation: OperationShape,
  call: AnyCall,
): AsyncGenerator<{ readonly event: string; readonly data: unknown }, void, undefined> {
  const response = await request(options, operation, call, EVENT_STREAM_MEDIA_TYPE);
  const streams = response.headers.get('content-type')?.startsWith(EVENT_STREAM_MEDIA_TYPE) ?? false;
  if (!response.ok || !streams || response.body === null) throw refusal(response, await response.text());
  for await (const { event, data } of readEvents(response.body)) {
    // Events that this client does not know are none of its business.
    if (!Object.hasOwn(operation.stream?.events ?? {}, event)) continue;
    const problem = event === 'error' ? problemSchema.safeParse(parsed(data)) : null;
    if (problem !== null) throw refused(problem.data ?? null, problem.data?.status ?? response.status, null);
    yield { event, data: JSON.parse(data) as unknown };
    if (event === 'done') return;
  }
  throw new ApiError('UNREADABLE_ANSWER', response.status, 'The answer broke off.', null, null);
}

async function request(
  options: ClientOptions,
  operation: OperationShape,
  call: AnyCall,
  accept: string,
): Promise<Response> {
  const headers: Record<string, string> = { accept };
  if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`;
  if (call.ifMatch !== undefined)
    headers['if-match'] = /^(W\/)?"|^\*$/.test(call.ifMatch) ? call.ifMatch : `"${call.ifMatch}"`;
  if (call.idempotencyKey !== undefined) headers['idempotency-key'] = call.idempotencyKey;
  if (call.correlationId !== undefined) headers['x-correlation-id'] = call.correlationId;
  const init: RequestInit = { method: operation.method, headers, signal: call.signal ?? null };
  if (operation.body) {
    headers['content-type'] = 'application/json';
    init.body = JSON.stringify(call.body ?? {});
  }
  const url = options.baseUrl.replace(/\/+$/, '') + pathOf(operation, call.params ?? {}) + queryOf(call.query ?? {});
  return (options.fetch ?? fetch)(url, init);
}

function pathOf(operation: OperationShape, params: Readonly<Record<string, string>>): string {
  return operation.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
}

function queryOf(query: Readonly<Record<string, unknown>>): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) pairs.append(name, String(one));
  }
  const text = pairs.toString();
  return text === '' ? '' : `?${text}`;
}

function refusal(response: Response, text: string): ApiError {
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const seconds = Number.isFinite(retryAfter) ? retryAfter : null;
  const problem = problemSchema.safeParse(parsed(text));
  return refused(problem.data ?? null, response.status, seconds);
}

function refused(problem: Problem | null, status: number, seconds: number | null): ApiError {
  if (problem !== null) return new ApiError(problem.code, status, problem.detail, problem, seconds);
  return new ApiError('UNREADABLE_ANSWER', status, `The server answered ${status}.`, null, seconds);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
