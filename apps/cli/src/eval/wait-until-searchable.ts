/**
 * Waiting until everything written can be found, by its words and by its vectors.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { HealthBody } from '@forge-cascade/api';
import { CommandFailure } from '../usage-error.js';

/** What a memory says about itself, as far as searching needs it. */
export type Searchable = Pick<HealthBody, 'capsules' | 'search_lag' | 'embeddings'>;

export interface Waiting {
  readonly everyMs?: number;
  /** How long nothing may move before it is given up. */
  readonly patienceMs?: number;
  /** Told how many capsules are missing something. */
  readonly onLag?: (lag: number) => void;
}

const EVERY_MS = 100;
const PATIENCE_MS = 120_000;
const HINT = 'See `forge status`, and `forge model list` for local models.';

/**
 * @param healthNow asked of a memory that has answered a search, so that it knows its model
 * @returns the model that searches use; null when words alone decide
 * @throws CommandFailure when the model cannot be used, or what is missing does not get less
 */
export async function waitUntilSearchable(
  healthNow: () => Promise<Searchable>,
  waiting: Waiting = {},
): Promise<string | null> {
  const { everyMs = EVERY_MS, patienceMs = PATIENCE_MS, onLag = () => {} } = waiting;
  let least = Number.POSITIVE_INFINITY;
  let since = performance.now();
  for (;;) {
    const health = await healthNow();
    const { embeddings } = health;
    const vectors = unread(health);
    const lag = Math.max(health.search_lag, vectors);
    onLag(lag);
    if (lag === 0) return embeddings?.ranks === true ? embeddings.serving : null;
    // Others may be writing at the same time, so more than before is no progress.
    if (lag < least) [least, since] = [lag, performance.now()];
    if (performance.now() - since >= patienceMs) {
      const why = embeddings?.failing ? ` (${embeddings.failing})` : '';
      const what = vectors > 0 ? `have no vectors${why}` : 'cannot be searched';
      throw new CommandFailure(`${lag} capsules still ${what}, and there is no progress.`, HINT);
    }
    await delay(everyMs);
  }
}

/** Versions that the model which is to serve has not read. Its own count of them is as old as its last round. */
function unread({ capsules, embeddings }: Searchable): number {
  if (embeddings === null) return 0;
  const { target, serving, embedded, failing } = embeddings;
  if (target === null) {
    if (failing === null) return 0;
    throw new CommandFailure(`The embedding model cannot be used (${failing}).`, HINT);
  }
  return Math.max(0, capsules - embedded, serving === target ? 0 : 1);
}
