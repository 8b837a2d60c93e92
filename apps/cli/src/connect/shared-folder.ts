/**
 * A data folder that several commands use at once. One of them holds it and serves the others; when it is done, the next
 * one takes over. A command therefore never depends on who held the folder when it began.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient, operations, type OperationShape } from '@forge-cascade/api';
import { CommandFailure } from '../usage-error.js';
import type { Connection } from './open-connection.js';

/** A way into the folder, for as long as it lasts. */
export interface FolderAccess {
  readonly url: string;
  readonly token: string | null;
  /** For people. */
  readonly where: string;
  /** It may end at any time, as another process holds the folder. */
  readonly passing: boolean;
  close(): Promise<void>;
}

export interface FolderDoors {
  /** Through the server that holds the folder; null when none answers. */
  join(): Promise<FolderAccess | null>;
  /** By holding it; null when another process does. */
  open(): Promise<FolderAccess | null>;
}

/** How long a holder that does not answer is waited for: it may be starting, closing or replaying. Milliseconds. */
const PATIENCE_MS = 15_000;
const RETRY_MS = 50;

/** Stands for whichever address the folder has at the moment. */
const BASE = 'http://data-folder';

/** @throws CommandFailure when the folder stays held by something that does not answer. */
export async function shareFolder(dataDir: string, doors: FolderDoors, patienceMs = PATIENCE_MS): Promise<Connection> {
  const enter = async (): Promise<FolderAccess> => {
    for (const deadline = performance.now() + patienceMs; ; await delay(RETRY_MS)) {
      const access = (await doors.join()) ?? (await doors.open());
      if (access !== null) return access;
      if (performance.now() < deadline) continue;
      throw new CommandFailure(
        `The data folder ${dataDir} is held by another process that cannot be reached.`,
        'Wait until it ends, or name its server with --url or FORGE_URL.',
        'STORE_LOCKED',
      );
    }
  };
  let access = enter();
  const { where } = await access;
  const client = createClient({
    baseUrl: BASE,
    async fetch(url, init) {
      const used = access;
      const repeatable = (await used).passing && !isReading(url) ? withIdempotencyKey(init) : init;
      try {
        return await send(await used, url, repeatable);
      } catch (error) {
        if (!(await used).passing || !isCutOff(error)) throw error;
        // The first to notice looks for the next way.
        if (access === used) access = enter();
        return send(await access, url, repeatable);
      }
    },
  });
  return { client, where, close: async () => (await access).close() };
}

async function send({ url, token }: FolderAccess, address: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  return fetch(url + address.slice(BASE.length), { ...init, headers });
}

const READING = Object.values<OperationShape>(operations)
  .filter(({ method, readOnly }) => method === 'POST' && readOnly)
  .map(({ path }) => new RegExp(`^${BASE}${path.replace(/\{\w+\}/g, '[^/]+')}$`));

/** A POST that changes nothing can be sent again as it is, and needs nothing written to be told apart. */
function isReading(url: string): boolean {
  return READING.some((pattern) => pattern.test(url));
}

/** Whether a request that was cut off has been carried out is not known; under a key it can be sent again safely. */
function withIdempotencyKey(init: RequestInit): RequestInit {
  const headers = new Headers(init.headers);
  if (init.method !== 'POST' || headers.has('idempotency-key')) return init;
  headers.set('idempotency-key', randomUUID());
  return { ...init, headers };
}

/** The holder has gone: it was not there, or closed the connection instead of answering. */
function isCutOff(error: unknown): boolean {
  const cause = error instanceof TypeError ? (error.cause as { code?: unknown } | undefined) : undefined;
  return ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(String(cause?.code));
}
