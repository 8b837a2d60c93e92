/** For tests: overlays that hand on what they hear, and the cascades that come of it. @module */
import { aContext, REVIEWER } from '../capsule/given-record.js';
import { DEFAULT_CASCADE_SETTINGS, type CascadeSettings } from '../cascade/decide-delivery.js';
import { cascadeHandlers } from '../cascade/deliver.js';
import type { EventPayloads } from '../ledger/events.js';
import type { JsonObject } from '../ledger/json.js';
import { drainOutbox } from '../outbox/index.js';
import { runOverlay } from '../overlay/execute-overlay.js';
import type { GivenSystem } from './given-overlays.js';
import type { Script } from './given-runner.js';

/** Hands on what it hears under other types, and remembers it. */
export const relay = (...types: string[]): Script => ({
  hear: async (input, host) => {
    const heard = (host.memory['heard'] as JsonObject[] | undefined) ?? [];
    host.memory['heard'] = [...heard, input as JsonObject];
    for (const type of types) await host.call('event_publish', { type, payload: { from: type } });
    return null;
  },
  heard: (_, host) => host.memory['heard'] ?? [],
});

/** The part of a manifest that subscribes to these types. */
export const hears = (...types: string[]) => ({
  subscriptions: types.map((type) => ({ type, handler: 'hear' })),
  allow_wildcards: true,
});

/** Delivers until nothing is pending; how many rounds that took. */
export async function drained({ ports, store }: GivenSystem, settings: Partial<CascadeSettings> = {}): Promise<number> {
  const handlers = cascadeHandlers(ports, { ...DEFAULT_CASCADE_SETTINGS, ...settings });
  const backoff = { baseMs: 0, maxMs: 0 };
  let rounds = 0;
  while ((await store.outbox.backlog()).pending > 0) {
    if (++rounds > 2_000) throw new Error('the cascade does not end');
    await drainOutbox(store.outbox, handlers, { now: Date.now, limit: 10, backoff });
  }
  return rounds;
}

/** Runs `hear` of an overlay, which begins a cascade under that correlation id. */
export const run = ({ ports }: GivenSystem, overlayId: string, correlationId = 'c1', input: JsonObject = {}) =>
  runOverlay(ports, aContext(REVIEWER, { correlationId }), { overlayId, handler: 'hear', input });

/** What each overlay `o0`, `o1`, … subscribes to and hands on. */
export type Graph = readonly { readonly hears: readonly string[]; readonly tells: readonly string[] }[];

export const scriptsOf = (graph: Graph): Record<string, Script> =>
  Object.fromEntries(graph.map(({ tells }, i) => [`o${i}`, relay(...tells)]));

export interface CascadeEnd {
  readonly hops: number;
  /** The number of the last hop of the longest chain. */
  readonly longest: number;
  /** Publication and subscriber of every hop that was recorded again. */
  readonly repeated: readonly string[];
}

/** Installs a graph whose scripts the system has, runs its first overlay, and says how the cascade ended. */
export async function endOf(system: GivenSystem, graph: Graph, storm: number): Promise<CascadeEnd> {
  for (const [i, overlay] of graph.entries()) await system.add(`o${i}`, hears(...overlay.hears));
  await run(system, 'o0');
  await drained(system, { storm });
  const query = { type: 'cascade.triggered.v1', order: 'oldest', limit: 1_000, cursor: null } as const;
  const { items } = await system.store.entries(query);
  const hops = items.map(({ payload }) => payload as unknown as EventPayloads['cascade.triggered.v1']);
  const applied = hops.map(({ target_id, hop }) => `${hop?.publication_id ?? ''}>${target_id}`);
  return {
    hops: hops.length,
    longest: Math.max(0, ...hops.map(({ hop }) => hop?.number ?? 0)),
    repeated: applied.filter((one, i) => applied.indexOf(one) !== i),
  };
}
