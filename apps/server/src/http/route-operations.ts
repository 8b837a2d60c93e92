/**
 * From the operation table to routes. Everything that is alike for all operations happens here, so that a handler sees
 * only checked values.
 * @module
 */
import {
  BODY_LIMIT,
  EVENT_STREAM_MEDIA_TYPE,
  OPERATION_IDS,
  operations,
  type OperationId,
  type OperationShape,
  type Problem,
  type ResponseShape,
} from '@forge-cascade/api';
import type { JsonValue, Principal, RequestContext } from '@forge-cascade/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerStreaming, type EventSink } from './answer-streaming.js';
import { checkInput } from './check-input.js';
import type { Handlers, StreamHandlers } from './handlers.js';
import { prefers } from './negotiate.js';
import { idempotencyKeyOf, ifMatchOf, type IfMatch } from './read-headers.js';
import { queryReader, type QueryReader } from './read-query.js';
import { Refusal } from './refusal.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Needs no token. */
    open?: boolean;
    operation?: OperationId;
  }
}

export interface RouteEnvironment {
  readonly principal: () => Principal;
  readonly now: () => number;
  readonly inMaintenance: () => boolean;
  /** What changes the store holds its idempotency key itself; for what does not, it is done here. */
  readonly claimReading: (context: RequestContext) => Promise<void>;
  /** Holds every answer against its schema: for tests, since the types promise it already. */
  readonly checkAnswers: boolean;
  /** Milliseconds of silence after which an event stream says that it is still there. */
  readonly heartbeatMs: number;
  /** For what fails when a stream has begun; logs what nobody foresaw. */
  readonly problemOf: (error: unknown, request: FastifyRequest) => Problem;
}

interface AnyCall {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly ifMatch: IfMatch | null;
  readonly context: RequestContext;
}

interface AnyResult {
  readonly status: number;
  readonly body: unknown;
  readonly mediaType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

type AnyHandler = (call: AnyCall) => Promise<AnyResult>;
type AnyStreamHandler = (
  call: AnyCall,
  sink: EventSink<{ readonly event: string; readonly data: unknown }>,
) => Promise<void>;

export function routeOperations(
  app: FastifyInstance,
  handlers: Handlers,
  streamHandlers: StreamHandlers,
  environment: RouteEnvironment,
): void {
  for (const id of OPERATION_IDS) {
    const operation: OperationShape = operations[id];
    const handler = handlers[id] as unknown as AnyHandler;
    const streamHandler = (streamHandlers as Readonly<Record<string, unknown>>)[id] as AnyStreamHandler | undefined;
    const readQuery = queryReader(operation.query);
    app.route({
      method: operation.method,
      url: operation.path.replace(/\{(\w+)\}/g, ':$1'),
      bodyLimit: operation.bodyLimit ?? BODY_LIMIT,
      config: { open: operation.open ?? false, operation: id },
      handler: async (request, reply) => {
        if (!operation.readOnly && !operation.duringMaintenance && environment.inMaintenance()) {
          throw new Refusal('MAINTENANCE', 'The store is in maintenance; reading goes on.');
        }
        const call = readCall(operation, readQuery, request, environment);
        if (streamHandler && prefers(request.headers.accept, EVENT_STREAM_MEDIA_TYPE, 'application/json')) {
          const { heartbeatMs, checkAnswers: check } = environment;
          const problemOf = (error: unknown): Problem => environment.problemOf(error, request);
          const streaming = { operation, reply, heartbeatMs, check, problemOf };
          return answerStreaming(streaming, (sink) => streamHandler(call, sink));
        }
        const result = await handler(call);
        if (operation.readOnly) await environment.claimReading(call.context);
        return answer(operation, result, reply, environment.checkAnswers);
      },
    });
  }
}

function readCall(
  operation: OperationShape,
  readQuery: QueryReader,
  request: FastifyRequest,
  environment: RouteEnvironment,
): AnyCall {
  const params = readParams(operation, request.params);
  const raw = readQuery((request.query as { readonly raw: string }).raw);
  const query = operation.query ? checkInput(operation.query, raw, 'query') : onlyEmpty(raw);
  const body = readBody(operation, request.body);
  const key = operation.method === 'POST' ? idempotencyKeyOf(request.headers) : null;
  const ifMatch = operation.ifMatch ? ifMatchOf(request.headers) : null;
  if (ifMatch === null && operation.ifMatch === 'required') {
    throw new Refusal('PRECONDITION_REQUIRED', 'Send If-Match with the ETag of the head that the change is based on.');
  }
  const asked = { operation: operation.id, params, query, body: request.body ?? null, if_match: ifMatch };
  return {
    params,
    query,
    body,
    ifMatch,
    context: {
      principal: environment.principal(),
      correlationId: request.id,
      causationId: null,
      idempotency: key === null ? null : { key, request: withoutUndefined(asked) },
      now: environment.now,
    },
  };
}

/** What cannot be an id names nothing: it is answered like an id that nobody has. */
function readParams(operation: OperationShape, given: unknown): unknown {
  const result = operation.params?.safeParse(given);
  if (result && !result.success) {
    throw operation.area === 'Overlays'
      ? new Refusal('NOT_FOUND', 'Nothing here has this id.')
      : new Refusal('CAPSULE_NOT_FOUND', 'There is no capsule with this id.');
  }
  return result?.data;
}

function readBody(operation: OperationShape, body: unknown): unknown {
  if (operation.body) {
    if (body === undefined && !operation.bodyOptional) {
      throw new Refusal('INVALID_INPUT', 'This operation needs a JSON body.', {
        errors: [{ in: 'body', field: '', message: 'is missing' }],
      });
    }
    // `null` is a body, and never a valid one.
    return checkInput(operation.body, body === undefined ? {} : body, 'body');
  }
  if (body !== undefined) throw new Refusal('INVALID_INPUT', 'This operation takes no body.');
  return undefined;
}

function onlyEmpty(query: Readonly<Record<string, unknown>>): undefined {
  const [name] = Object.keys(query);
  if (name === undefined) return undefined;
  const errors = Object.keys(query).map((field) => ({ in: 'query' as const, field, message: 'is not known here' }));
  throw new Refusal('INVALID_INPUT', 'This operation takes no query parameters.', { errors });
}

/** Canonical JSON knows no `undefined`. */
function withoutUndefined(value: object): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

function answer(operation: OperationShape, result: AnyResult, reply: FastifyReply, check: boolean): FastifyReply {
  const shape = operation.responses[result.status] as ResponseShape;
  const mediaType = result.mediaType ?? (Object.keys(shape.content)[0] as string);
  if (check) checkAnswer(operation, result, shape, mediaType);
  reply.code(result.status);
  for (const [name, value] of Object.entries(result.headers ?? {})) reply.header(name, value);
  if (mediaType === 'application/json') {
    // Serialised here once: the framework would look for a schema and find none.
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(result.body));
  }
  return reply.type(`${mediaType}; charset=utf-8`).send(result.body);
}

function checkAnswer(operation: OperationShape, result: AnyResult, shape: ResponseShape, mediaType: string): void {
  const schema = shape.content[mediaType];
  if (!schema) throw new Error(`${operation.id} does not answer ${result.status} as ${mediaType}`);
  const checked = schema.safeParse(JSON.parse(JSON.stringify(result.body)));
  if (!checked.success)
    throw new Error(`${operation.id} answers ${result.status} against its schema: ${checked.error.message}`);
}
