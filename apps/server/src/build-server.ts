/**
 * The server around an open store: routes, pages, errors, metrics. It owns neither store nor port.
 * @module
 */
import {
  askPorts,
  claimReading,
  FoundBefore,
  KnowledgeRevision,
  semanticSearch,
  systemClock,
  Tenure,
  WORDS_ALONE,
  type Principal,
  type Store,
} from '@forge-cascade/core';
import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { BODY_LIMIT, operations, PROBLEM_MEDIA_TYPE, type OperationShape } from '@forge-cascade/api';
import { capsuleHandlers } from './handlers/capsule-handlers.js';
import { ledgerHandlers } from './handlers/ledger-handlers.js';
import { overlayHandlers } from './handlers/overlay-handlers.js';
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
import { installCoreOverlays } from './overlays/core-overlays.js';
import { overlayAnalysers } from './overlays/overlay-analysers.js';
import { runningOverlays, type OverlayParts } from './overlays/overlay-parts.js';
import { PAGES, routePages } from './pages/route-pages.js';
import { EXTRACTIVE_STATUS, type AnswerParts } from './providers/answers/answer-providers.js';
import type { EventBus } from './bus/event-bus.js';
import { InProcessHub } from './bus/in-process-bus.js';
import { limitAddress, limitToken, NO_LIMITS, type RequestLimits } from './limits/request-limits.js';
import type { RedisLink } from './redis/redis-link.js';
import { capsuleEmbedder, embeddingRounds, type EmbeddingSources } from './system/embedding-work.js';
import { keepWorking, type SingletonWork } from './system/keep-working.js';
import { MaintenanceSwitch } from './system/maintenance-switch.js';
import { meteredStore } from './system/metered-store.js';
import { Metrics } from './system/metrics.js';
import { outboxDrainer } from './system/outbox-work.js';
import { PodNews } from './system/pod-news.js';
import { Readiness } from './system/readiness.js';
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
  /** Carries out promised work and makes vectors beside answering; true by default. Otherwise both wait for another server. */
  readonly backgroundWork?: boolean;
  /** What pods tell each other over; stays open when the server closes. By default this one is alone. */
  readonly bus?: EventBus;
  /** On requests; none by default. */
  readonly limits?: RequestLimits;
  /** Proxies in front whose word on the client's address counts; 0 by default. */
  readonly proxyHops?: number;
  /** Lets whoever owns the server say when it begins to shut down; otherwise that is when it closes. */
  readonly readiness?: Readiness;
  /** Milliseconds after which work whose pod died is another pod's; 15 seconds by default. */
  readonly leaseMs?: number;
  /** Adds the process's own figures to the metrics; false by default. */
  readonly processMetrics?: boolean;
  /** Holds every answer against its schema, for tests; false by default. */
  readonly checkAnswers?: boolean;
  /** Who answers questions; extractive without a cache by default. */
  readonly answers?: AnswerParts;
  /** What runs overlays; absent: none are run here. */
  readonly overlays?: OverlayParts;
  /** What is shared with other pods; stays open when the server closes. Absent: nothing is. */
  readonly redis?: RedisLink;
  /** Milliseconds of silence after which an event stream says that it is still there; 15 seconds by default. */
  readonly heartbeatMs?: number;
}

const LEASE_MS = 15_000;

/** Ready once awaited; `inject` waits by itself. */
export function buildServer(options: BuildServerOptions): FastifyInstance {
  const { log, now = Date.now, backgroundWork = true } = options;
  const readiness = options.readiness ?? new Readiness();
  const metrics = new Metrics(options.store, options.redis ?? null, options.processMetrics ?? false);
  const bus = options.bus ?? new InProcessHub().pod(randomUUID());
  const news = new PodNews(bus);
  const metered = meteredStore(options.store, (result, seconds) => {
    metrics.committed(result.outcome, seconds);
    if (result.outcome === 'committed') news.ledgerAdvanced(result.lastSeq);
  });
  const app = fastify({
    logger: false,
    genReqId: (request) => correlationIdOf(request.headers),
    bodyLimit: BODY_LIMIT,
    trustProxy: (_, hop) => hop < (options.proxyHops ?? 0),
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
  guard(app, options.token, options.limits ?? NO_LIMITS);
  observe(app, log, metrics);
  const underway = new RequestsUnderway();
  underway.watch(app);
  app.addHook('preClose', async () => readiness.drain());
  const notFound = notFoundRefusal(PAGES);
  app.setErrorHandler((error, request, reply) => {
    // Whatever else is wrong with a request, where nothing is served that comes first; but never before the token.
    const nowhere = request.is404 && !isRefusal(error);
    refuse(log, nowhere ? notFound(request.method, request.url) : error, request, reply);
  });
  app.setNotFoundHandler((request, reply) => refuse(log, notFound(request.method, request.url), request, reply));

  app.register(async (scope) => {
    const status = await metered.status();
    const embedder =
      options.embeddings === undefined ? null : capsuleEmbedder(metered.vectors, options.embeddings, underway, now);
    const queries = embedder ?? WORDS_ALONE;
    const searching = semanticSearch(metered, queries);
    const overlays = options.overlays === undefined ? null : runningOverlays(metered, searching, options.overlays, now);
    // Until there are identities, whoever holds the token is the owner and reviews.
    const principal: Principal = { id: status.ownerId, reviewer: true, trust: 100 };
    const core = options.overlays?.core === true && overlays !== null;
    if (core && status.sealed === null) {
      const ctx = { principal, correlationId: randomUUID(), causationId: null, now, idempotency: null };
      await installCoreOverlays(overlays.ports, ctx, log);
    }
    await overlays?.interests.refresh();
    const store = overlays?.announcing ?? metered;
    const maintenance = new MaintenanceSwitch(store, status.maintenance);
    const parts: ServerParts = {
      store,
      searching,
      embedder,
      overlays: overlays?.ports ?? null,
      overlaysChanged: async () => overlays?.interests.refresh(),
      askPorts: askPorts(store, {
        ...options.answers?.pipeline,
        ...(core ? { analysers: overlayAnalysers(overlays.ports) } : {}),
        foundBefore: foundBefore(store, options.answers),
        queries,
      }),
      answerStatus: options.answers?.status ?? (() => EXTRACTIVE_STATUS),
      redis: options.redis ?? null,
      maintenance,
      readiness,
      metrics,
      log,
      version: VERSION,
      startedAt: now(),
      now,
    };
    routeOperations(scope, handlersOf(parts), retrievalStreams(parts), {
      principal: () => principal,
      now,
      inMaintenance: () => maintenance.enabled,
      claimReading: (context) => claimReading(store, context),
      checkAnswers: options.checkAnswers ?? false,
      heartbeatMs: options.heartbeatMs ?? 15_000,
      problemOf: (error, request) => problemFor(log, error, request).problem,
    });
    routePages(scope, parts);
    const tenureOf = (lease: string): Tenure =>
      new Tenure({
        leases: store.leases,
        lease,
        holder: bus.pod,
        ttlMs: options.leaseMs ?? LEASE_MS,
        clock: systemClock,
      });
    const works: SingletonWork[] = [];
    // What a sealed store promised is carried out where it moved to.
    if (backgroundWork && status.sealed === null) {
      const tenure = tenureOf('outbox');
      works.push({ tenure, rounds: outboxDrainer({ store, overlays, tenure, metrics, log, now }) });
    }
    if (embedder !== null) {
      const tenure = tenureOf('embedding');
      works.push({ tenure, rounds: embeddingRounds(embedder, backgroundWork ? tenure : null, log) });
      // A round may wait long for its provider: closing ends it, once no question needs it any more.
      scope.addHook('onClose', () => embedder.close());
    }
    const following = { store, maintenance, interests: overlays?.interests ?? null, news, readiness, log };
    await keepWorking(scope, works, following);
    if (overlays !== null) scope.addHook('onClose', () => overlays.ports.recordings.settled());
  });
  return app;
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
    ...overlayHandlers(parts),
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
function guard(app: FastifyInstance, token: string, limits: RequestLimits): void {
  const authenticate = bearerAuthenticator(token);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...API_HEADERS, 'x-correlation-id': request.id });
    if (request.routeOptions.config.open === true) return;
    await limitAddress(limits, request, reply);
    authenticate(request.headers.authorization);
    await limitToken(limits, request, reply);
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
