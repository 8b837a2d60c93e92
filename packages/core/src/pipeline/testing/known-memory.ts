/**
 * What the pipeline's tests stand on: a memory with known capsules in it, requests, and a clock that only moves when
 * told to.
 * @module
 */
import { createCapsule } from '../../capsule/create-capsule.js';
import type { CapsuleRecord } from '../../capsule/capsule.js';
import type { CreateCapsuleInput } from '../../capsule/inputs.js';
import { event, type DomainEvent } from '../../ledger/events.js';
import { sealEvent } from '../../ledger/seal.js';
import type { Store } from '../../ports/index.js';
import type { IdempotencyKey, Principal, RequestContext } from '../../principal.js';
import type { MonotonicClock } from '../clock.js';

export const OWNER: Principal = { id: 'owner', reviewer: true, trust: 60 };

let requests = 0;

export function request(
  changes: Partial<Omit<RequestContext, 'idempotency'>> & { readonly idempotency?: IdempotencyKey } = {},
): RequestContext {
  return {
    principal: OWNER,
    correlationId: `request-${++requests}`,
    causationId: null,
    now: Date.now,
    ...changes,
    idempotency: changes.idempotency ?? null,
  };
}

export async function remember(
  store: Store,
  content: string,
  more: Partial<CreateCapsuleInput> = {},
): Promise<CapsuleRecord> {
  return (await createCapsule(store, request(), { content, type: 'knowledge', ...more })).capsule;
}

export async function happen(store: Store, what: DomainEvent): Promise<void> {
  const result = await store.commit({
    actor: OWNER.id,
    correlationId: request().correlationId,
    causationId: null,
    expect: [],
    claims: [],
    fence: null,
    events: [sealEvent(what)],
    outbox: [],
    completes: null,
  });
  if (result.outcome !== 'committed') throw new Error(`the event was refused as ${result.outcome}`);
}

export function quarantine({ id, seriesId, trust }: CapsuleRecord): DomainEvent {
  return event(
    'capsule.trust_changed.v1',
    'QUARANTINE',
    { type: 'Capsule', id },
    {
      series_id: seriesId,
      from: trust,
      to: 10,
      cause: 'quarantine',
      signal: null,
      reason: null,
      evidence: null,
    },
  );
}

export function retract({ id, seriesId }: CapsuleRecord): DomainEvent {
  return event('capsule.retracted.v1', 'RETRACT', { type: 'Capsule', id }, { series_id: seriesId, reason: null });
}

/** Stands still until moved; timers go off when it is moved past them. */
export class HandClock implements MonotonicClock {
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Timers not yet gone off or cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  move(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers) {
      if (timer.at > this.#now) continue;
      this.#timers.delete(timer);
      timer.callback();
    }
  }

  /** Resolves when the clock has been moved past `ms` from now. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }
}

/** Lets everything that is ready run, without waiting for time. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
