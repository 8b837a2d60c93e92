/**
 * From settings to a listening server, and back down again.
 * @module
 */
import type { AnswerCache, Store } from '@forge-cascade/core';
import { createOverlayRunner } from '@forge-cascade/overlay-runtime';
import type { FastifyInstance } from 'fastify';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { relative, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { overlayNetwork } from './overlays/network.js';
import { RedisBus } from './bus/redis-bus.js';
import { buildServer } from './build-server.js';
import type { ServerConfig } from './config.js';
import { createLog, type Log } from './log.js';
import { requestLimits } from './limits/request-limits.js';
import { RedisAnswerCache } from './redis/redis-answer-cache.js';
import { RedisLink } from './redis/redis-link.js';
import { SharedSecrets } from './redis/shared-secrets.js';
import type { SharedSpace } from './redis/shared-space.js';
import { embeddingSources } from './system/embedding-work.js';
import { Readiness } from './system/readiness.js';
import { answerParts } from './providers/answers/answer-providers.js';
import { removeServerFile, writeServerFile } from './server-file.js';
import { openStore } from './stores/open-store.js';
import { shownAddress } from './stores/store-address.js';
import { ownerToken, tokenFile, type OwnerToken } from './token.js';

export interface ServeOptions {
  /** Where people read what happens; standard output by default. */
  readonly print?: (line: string) => void;
  readonly log?: Log;
  /** False leaves signals alone. */
  readonly handleSignals?: boolean;
  /** False leaves promised work and vectors to the next server of the store. */
  readonly backgroundWork?: boolean;
}

export interface RunningServer {
  /** Such as `http://127.0.0.1:8787`. */
  readonly url: string;
  /** Answers what is under way, finishes the writes, closes the store. Safe to call again. */
  close(): Promise<void>;
  /** Resolves once closed. */
  readonly closed: Promise<void>;
}

/** @throws DomainError when the folder cannot be opened; an error with `code` when the port cannot be had. */
export async function serve(config: ServerConfig, options: ServeOptions = {}): Promise<RunningServer> {
  const print = options.print ?? ((line: string) => void process.stdout.write(`${line}\n`));
  const log = options.log ?? createLog(config.logLevel);
  const store = await openStore(config);
  let token: OwnerToken | null = null;
  try {
    token = await ownerToken(config.dataDir, config.token);
    const running = await listen(config, store, token, log, options.backgroundWork ?? true);
    announce(print, config, running.url, token);
    if (options.handleSignals ?? true) closeOnSignal(running, log);
    return running;
  } catch (error) {
    // It is shown when it is made, and nobody has seen this one.
    if (token?.source === 'made') await rm(tokenFile(config.dataDir), { force: true });
    await store.close();
    throw error;
  }
}

/** Milliseconds that starting waits for Redis; what takes longer is waited for while serving. */
const REDIS_START_MS = 1_000;

async function listen(
  config: ServerConfig,
  store: Store,
  { token }: OwnerToken,
  log: Log,
  backgroundWork: boolean,
): Promise<RunningServer> {
  const redis = config.redis === null ? null : new RedisLink(config.redis, log);
  await redis?.open(REDIS_START_MS);
  const shared = redis && (await sharedSpace(redis, store, token));
  const answers = await answerParts(config.answers, log, {}, shared && sharedAnswers(shared, config));
  const bus = shared && new RedisBus(randomUUID(), shared);
  const readiness = new Readiness();
  const runner = config.overlays ? createOverlayRunner() : null;
  const app = buildServer({
    store,
    readiness,
    backgroundWork,
    token,
    log,
    answers,
    embeddings: embeddingSources(config),
    limits: requestLimits(config.limits, shared),
    ...(bus === null ? {} : { bus }),
    proxyHops: config.limits.proxyHops,
    ...(redis === null ? {} : { redis }),
    ...(runner === null ? {} : { overlays: { runner, network: overlayNetwork(), core: true } }),
    processMetrics: true,
  });
  try {
    await app.listen({ port: config.port, host: config.host });
  } catch (error) {
    await app.close();
    await runner?.close();
    await bus?.close();
    redis?.close();
    throw error;
  }
  const url = urlOf(app.server.address() as AddressInfo, config.host);
  await writeServerFile(config.dataDir, { url, pid: process.pid });
  let closing: Promise<void> | null = null;
  let markClosed = (): void => undefined;
  const closed = new Promise<void>((settle) => (markClosed = settle));
  const close = async (): Promise<void> => {
    await removeServerFile(config.dataDir, process.pid);
    readiness.drain();
    await delay(config.drainMs);
    await drain(app);
    await runner?.close();
    await bus?.close();
    redis?.close();
    await store.close();
    markClosed();
  };
  return { url, closed, close: () => (closing ??= close()) };
}

async function sharedSpace(link: RedisLink, store: Store, token: string): Promise<SharedSpace> {
  const { origin } = await store.status();
  return { link, origin, secrets: new SharedSecrets(token, origin) };
}

function sharedAnswers(shared: SharedSpace, { answers }: ServerConfig): AnswerCache {
  const { cacheBytes, cacheAgeMs } = answers;
  return new RedisAnswerCache({ ...shared, maxBytes: cacheBytes, maxAgeMs: cacheAgeMs });
}

/** How long a request may go on once the server is closing, in milliseconds. */
const GRACE_MS = 15_000;
const SWEEP_MS = 20;

/**
 * Answers what is under way. A connection that was busy when closing began turns idle later and would then be kept for
 * its client, so idle ones are closed again and again; what is still busy in the end is cut off.
 */
async function drain(app: FastifyInstance): Promise<void> {
  const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS);
  const deadline = setTimeout(() => app.server.closeAllConnections(), GRACE_MS);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(deadline);
  }
}

/** An address that listens everywhere is reached at home through loopback. */
function urlOf({ port }: AddressInfo, host: string): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function announce(print: (line: string) => void, config: ServerConfig, url: string, token: OwnerToken): void {
  print(`Forge Cascade listening on ${url}`);
  print(`  Data:      ${shownPath(config.dataDir)}`);
  if (config.store.engine !== 'sqlite') print(`  Store:     ${shownAddress(config.store)}`);
  else if (config.store.dataDir !== config.dataDir) print(`  Store:     sqlite:${shownPath(config.store.dataDir)}`);
  print(`  Reference: ${url}/reference`);
  if (token.source === 'made') {
    print(`  Token:     ${token.token}`);
    print(`             Shown this once; kept in ${shownPath(token.file ?? '')}, readable by you alone.`);
  } else if (token.file !== null) {
    print(`  Token:     in ${shownPath(token.file)}`);
  } else {
    print('  Token:     from FORGE_TOKEN');
  }
  if (token.source === 'environment' && token.token.length < 16) {
    print('  Warning:   FORGE_TOKEN is short enough to be guessed.');
  }
}

/** As somebody in this directory would type it. */
function shownPath(path: string): string {
  const short = relative(process.cwd(), resolve(path));
  return short === '' ? '.' : short.startsWith('..') ? resolve(path) : short;
}

function closeOnSignal(running: RunningServer, log: Log): void {
  let asked = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(1);
    asked = true;
    log.info({ signal }, 'shutting down');
    running.close().catch((error: unknown) => {
      log.error({ err: error }, 'could not shut down cleanly');
      process.exitCode = 1;
    });
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  void running.closed.then(() => process.off('SIGTERM', onSignal).off('SIGINT', onSignal));
}
