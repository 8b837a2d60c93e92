/**
 * The server around an open store: routes, pages, errors, metrics. It owns neither store nor port.
 * @module
 */
import {
  askPorts,
  FoundBefore,
  KnowledgeRevision,
  semanticSearch,
  WORDS_ALONE,
  type CapsuleEmbedder,
  type Principal,
  type Store,
} from '@forge-cascade/core';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { BODY_LIMIT, operations, PROBLEM_MEDIA_TYPE, type OperationShape } from '@forge-cascade/api';
import { capsuleHandlers } from './handlers/capsule-handlers.js';
import { ledgerHandlers } from './handlers/ledger-handlers.js';
import { retrievalHandlers, retrievalStreams } from './handlers/retrieval-handlers.js';
import { similarHandlers } from './handlers/similar-handlers.js';
import { systemHandlers } from './handlers/system-handlers.js';
import { trustHandlers } from './handlers/trust-handlers.js';
import { bearerAuthenticator } from './http/authenticate.js';
import { answerClientError } from './http/client-error.js';
import type { Handlers } from './http/handlers.js';
import { notFoundRefusal } from './http/not-found.js';
import { problemOf, type ProblemReply } from './http/problem-of.js';
import { correlationIdOf } from './http/read-headers.js';
import { readJson } from './http/read-json.js';
import { isRefusal, Refusal } from './http/refusal.js';
import { routeOperations } from './http/route-operations.js';
import { API_HEADERS } from './http/secure-headers.js';
import type { ServerParts } from './http/server-parts.js';
import type { Log } from './log.js';
import { PAGES, routePages } from './pages/route-pages.js';
import { EXTRACTIVE_STATUS, type AnswerParts } from './providers/answers/answer-providers.js';
import { capsuleEmbedder, embeddingRounds, type EmbeddingSources } from './system/embedding-work.js';
import { MaintenanceSwitch } from './system/maintenance-switch.js';
import { meteredStore } from './system/metered-store.js';
import { Metrics } from './system/metrics.js';
import { outboxDrainer } from './system/outbox-work.js';
import { RequestsUnderway } from './system/requests-underway.js';
import { VERSION } from './version.js';

export interface BuildServerOptions {
  /** Stays open when the server closes: whoever opened it closes it. */
  readonly store: Store;
  /** The owner's. */
  readonly token: string;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Where the models that make vectors come from; absent: words alone decide. */
  readonly embeddings?: EmbeddingSources;
  /** Carries out promised work beside answering; true by default. */
  readonly drainOutbox?: boolean;
  /** Adds the process's own figures to the metrics; false by default. */
  readonly processMetrics?: boolean;
  /** Holds every answer against its schema, for tests; false by default. */
  readonly checkAnswers?: boolean;
  /** Who answers questions; extractive without a cache by default. */
  readonly answers?: AnswerParts;
  /** Milliseconds of silence after which an event stream says that it is still there; 15 seconds by default. */
  readonly heartbeatMs?: number;
}

/** Ready once awaited; `inject` waits by itself. */
export function buildServer(options: BuildServerOptions): FastifyInstance {
  const { log, now = Date.now } = options;
  const metrics = new Metrics(options.store, options.processMetrics ?? false);
  const store = meteredStore(options.store, (outcome, seconds) => metrics.committed(outcome, seconds));
  const app = fastify({
    logger: false,
    genReqId: (request) => correlationIdOf(request.headers),
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: 'idle',
    requestTimeout: 120_000,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => {
      for (const [name, value] of Object.entries(API_HEADERS)) reply.header(name, value);
      refuse(log, error, request, reply);
    },
    routerOptions: {
      maxParamLength: 500,
      // Operations read their queries themselves, strictly.
      querystringParser: (raw) => ({ raw }),
    },
  });

  readBodies(app);
  guard(app, options.token);
  observe(app, log, metrics);
  const underway = new RequestsUnderway();
  underway.watch(app);
  const notFound = notFoundRefusal(PAGES);
  app.setErrorHandler((error, request, reply) => {
    // Whatever else is wrong with a request, where nothing is served that comes first; but never before the token.
    const nowhere = request.is404 && !isRefusal(error);
    refuse(log, nowhere ? notFound(request.method, request.url) : error, request, reply);
  });
  app.setNotFoundHandler((request, reply) => refuse(log, notFound(request.method, request.url), request, reply));

  app.register(async (scope) => {
    const status = await store.status();
    const maintenance = new MaintenanceSwitch(store, status.maintenance);
    const embedder =
      options.embeddings === undefined ? null : capsuleEmbedder(store.vectors, options.embeddings, underway, now);
    const queries = embedder ?? WORDS_ALONE;
    const parts: ServerParts = {
      store,
      searching: semanticSearch(store, queries),
      embedder,
      askPorts: askPorts(store, {
        ...options.answers?.pipeline,
        foundBefore: foundBefore(store, options.answers),
        queries,
      }),
      answerStatus: options.answers?.status ?? (() => EXTRACTIVE_STATUS),
      maintenance,
      metrics,
      log,
      version: VERSION,
      startedAt: now(),
      now,
    };
    // Until there are identities, whoever holds the token is the owner and reviews.
    const principal: Principal = { id: status.ownerId, reviewer: true, trust: 100 };
    routeOperations(scope, handlersOf(parts), retrievalStreams(parts), {
      principal: () => principal,
      now,
      inMaintenance: () => maintenance.enabled,
      checkAnswers: options.checkAnswers ?? false,
      heartbeatMs: options.heartbeatMs ?? 15_000,
      problemOf: (error, request) => problemFor(log, error, request).problem,
    });
    routePages(scope, parts);
    // What a sealed store promised is carried out where it moved to.
    if ((options.drainOutbox ?? true) && status.sealed === null) {
      const drainer = outboxDrainer(store, metrics, log, now);
      drainer.start();
      scope.addHook('onResponse', async (request) => {
        const operation = request.routeOptions.config.operation;
        if (operation && !(operations[operation] as OperationShape).readOnly) drainer.kick();
      });
      scope.addHook('onClose', () => drainer.stop());
    }
    if (embedder !== null) keepEmbedded(scope, embedder, log);
  });
  return app;
}

/** Embeds what is written; a first round before anything is answered finds the model that serves. */
function keepEmbedded(scope: FastifyInstance, embedder: CapsuleEmbedder, log: Log): void {
  const rounds = embeddingRounds(embedder, log);
  rounds.start();
  scope.addHook('onResponse', async (request) => {
    const operation = request.routeOptions.config.operation;
    if (operation && !(operations[operation] as OperationShape).readOnly) rounds.kick();
  });
  scope.addHook('onClose', async () => {
    // A round may wait long for its provider: it is ended, and no other one begins.
    const stopped = rounds.stop();
    await embedder.close();
    await stopped;
  });
}

function foundBefore(store: Store, answers: AnswerParts | undefined): FoundBefore | null {
  const bytes = answers?.foundBytes ?? 0;
  return bytes === 0 ? null : new FoundBefore(new KnowledgeRevision(store), bytes);
}

function handlersOf(parts: ServerParts): Handlers {
  return {
    ...capsuleHandlers(parts),
    ...trustHandlers(parts),
    ...retrievalHandlers(parts),
    ...similarHandlers(parts),
    ...ledgerHandlers(parts),
    ...systemHandlers(parts),
  };
}

/** JSON is the one kind of body there is. */
function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      assertPlainUtf8(request);
      done(null, readJson(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}

function assertPlainUtf8({ headers }: FastifyRequest): void {
  const charset = /;\s*charset="?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1];
  const encoding = headers['content-encoding'];
  if ((charset && !/^utf-?8$/i.test(charset)) || (encoding && encoding !== 'identity')) {
    throw new Refusal('UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json in UTF-8, not compressed.');
  }
}

/** Everything needs a token unless its route says otherwise, addresses that nobody serves included. */
function guard(app: FastifyInstance, token: string): void {
  const authenticate = bearerAuthenticator(token);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...API_HEADERS, 'x-correlation-id': request.id });
    if (request.routeOptions.config.open !== true) authenticate(request.headers.authorization);
  });
}

function observe(app: FastifyInstance, log: Log, metrics: Metrics): void {
  app.addHook('onResponse', async (request, reply) => {
    // The route as declared, never the address: addresses hold ids, queries and whatever else people put there.
    const route = request.routeOptions.config.url ?? 'none';
    metrics.httpAnswered(request.method, route, reply.statusCode, reply.elapsedTime / 1_000);
    log.info(
      {
        correlation_id: request.id,
        method: request.method,
        route,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 100) / 100,
      },
      'request',
    );
  });
}

function refuse(log: Log, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { status, headers, problem } = problemFor(log, error, request);
  void reply
    .code(status)
    .headers({ ...headers, 'x-correlation-id': request.id })
    .type(`${PROBLEM_MEDIA_TYPE}; charset=utf-8`)
    .send(JSON.stringify(problem));
}

/** Logs what nobody foresaw. */
function problemFor(log: Log, error: unknown, request: FastifyRequest): ProblemReply {
  const operation = request.routeOptions?.config?.operation;
  const shape: OperationShape | undefined = operation && operations[operation];
  const reply = problemOf(error, request.id, shape && !shape.body ? 'query' : 'body');
  if (reply.unforeseen) log.error({ correlation_id: request.id, err: error }, 'failed inside');
  return reply;
}
