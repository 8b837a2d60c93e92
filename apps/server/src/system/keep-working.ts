/**
 * Work beside answering, of which each kind is done by one pod at a time, and following what the other pods did.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { operations, type OperationShape } from '@forge-cascade/api';
import { OutboxDrainer, type CascadeInterests, type Store, type Tenure } from '@forge-cascade/core';
import type { FastifyInstance } from 'fastify';
import type { Log } from '../log.js';
import type { MaintenanceSwitch } from './maintenance-switch.js';
import type { PodNews } from './pod-news.js';
import type { Readiness } from './readiness.js';

/** Milliseconds that giving up a lease waits for the work under it. */
const LAST_ROUND_MS = 1_000;
/** Milliseconds after which a pod sees what others did, also when it heard nothing. */
const FOLLOW_MS = 5_000;

export interface SingletonWork {
  readonly rounds: OutboxDrainer;
  readonly tenure: Tenure;
}

export interface Surroundings {
  readonly store: Store;
  readonly maintenance: MaintenanceSwitch;
  /** What overlays subscribe to, which they may be switched on for elsewhere; null where none are run. */
  readonly interests: Pick<CascadeInterests, 'refresh'> | null;
  readonly news: PodNews;
  readonly readiness: Readiness;
  readonly log: Log;
}

/** A first round of each begins at once. */
export async function keepWorking(
  scope: FastifyInstance,
  works: readonly SingletonWork[],
  surroundings: Surroundings,
): Promise<void> {
  const { news, readiness } = surroundings;
  const following = storeFollowing(surroundings);
  const all = [following, ...works.map(({ rounds }) => rounds)];
  for (const rounds of all) rounds.start();
  scope.addHook('onResponse', async (request) => {
    const operation = request.routeOptions.config.operation;
    if (!operation || (operations[operation] as OperationShape).readOnly) return;
    for (const { rounds } of works) rounds.kick();
  });
  const stopListening = await news.listen({
    ledgerAdvanced: () => {
      for (const rounds of all) rounds.kick();
    },
    leaseFreed: (lease) => {
      for (const { rounds, tenure } of works) {
        if (tenure.lease !== lease) continue;
        tenure.tryAgain();
        rounds.kick();
      }
    },
  });
  const ended = readiness.draining.then(() => Promise.all(works.map((work) => giveUp(work, news))));
  scope.addHook('onClose', async () => {
    stopListening();
    await Promise.all([following.stop(), ended]);
  });
}

/**
 * Before the last requests are answered: what they promise is another pod's work by then, or that of the next start.
 */
async function giveUp({ rounds, tenure }: SingletonWork, news: PodNews): Promise<void> {
  const ended = rounds.stop();
  // What takes longer goes on for nothing: the next holder's token shuts its commits out.
  await Promise.race([ended, delay(LAST_ROUND_MS, undefined, { ref: false })]);
  if (await tenure.release()) await news.leaseFreed(tenure.lease);
  await ended;
}

/** Reading the status makes the store's search follow; the switch of maintenance may have been turned elsewhere. */
function storeFollowing({ store, maintenance, interests, log }: Surroundings): OutboxDrainer {
  return new OutboxDrainer({
    drain: async () => {
      await interests?.refresh();
      await maintenance.follow(async () => (await store.status()).maintenance);
      return { more: false };
    },
    intervalMs: FOLLOW_MS,
    onError: (error) => log.warn({ err: error }, 'what other pods wrote could not be read'),
  });
}
