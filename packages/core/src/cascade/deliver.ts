/**
 * Handlers of the outbox that carry publications to subscribers. A publication is first spread into one delivery for each
 * subscriber, in one commit; each delivery then runs its handler and commits the hop, the receipt and all that the handler
 * wrote together with the end of the message: delivered at least once, applied once.
 * @module
 */
import { DomainError } from '../errors.js';
import { canonicalize } from '../ledger/canonical-json.js';
import { event, type CascadeHop, type DomainEvent } from '../ledger/events.js';
import { sealEvent } from '../ledger/seal.js';
import { SYSTEM_ACTOR, type MessageEnd, type OutboxHandler } from '../outbox/index.js';
import { isDomainError } from '../errors.js';
import { dependentOf, manifestOf } from '../overlay/decide-lifecycle.js';
import { startOrder } from '../overlay/dependencies.js';
import { afterCommit, executeOverlay, sealed, type OverlayExecution } from '../overlay/execute-overlay.js';
import type { OverlayPorts } from '../overlay/overlay-ports.js';
import type { OverlayRecord } from '../overlay/overlay-record.js';
import {
  ENGINE_SOURCE,
  isFirstNews,
  publicationMessage,
  publicationOf,
  PUBLICATION_TOPIC,
  type Publication,
} from '../overlay/publication.js';
import type { CommitRequest, OutboxMessage } from '../ports/commit-port.js';
import type { DueMessage } from '../ports/outbox.js';
import {
  chainCut,
  DEFAULT_CASCADE_SETTINGS,
  handlersFor,
  neverSucceeds,
  type CascadeSettings,
  type CutReason,
  type Subscriber,
} from './decide-delivery.js';
import { StormWatch, type StormStanding } from './storm-watch.js';

/** Topic of publications on their way to one subscriber. */
export const DELIVERY_TOPIC = 'cascade.delivery';

/** What governance does about a cascade, and what is found in capsules, ends in the audit log, which is the ledger itself: it hears of it like a subscriber. */
const AUDITED: readonly string[] = ['governance_action', 'capsule_analyzed', 'capsules_analyzed'];
const AUDIT_LOG: Subscriber = { overlay: 'audit_log', handler: 'record' };

/** Faults that the overlay has no part in: tried again. */
const TRANSIENT = ['worker_lost', 'cancelled', 'busy'];

export function cascadeHandlers(
  ports: OverlayPorts,
  settings: CascadeSettings = DEFAULT_CASCADE_SETTINGS,
): Readonly<Record<string, OutboxHandler>> {
  const storms = new StormWatch(ports.store, ports.now, settings);
  return {
    [PUBLICATION_TOPIC]: (message) => spread(ports, { ...settings, storms }, message),
    [DELIVERY_TOPIC]: (message) => deliver(ports, { ...settings, storms }, message),
  };
}

interface Rules extends CascadeSettings {
  readonly storms: StormWatch;
}

async function spread(ports: OverlayPorts, { hopLimit, storms }: Rules, message: DueMessage): Promise<MessageEnd> {
  const publication = publicationOf(message);
  const subscribers = subscribersOf(publication.type, await ports.store.overlays.all());
  const [first] = subscribers;
  const standing = await standingOf(publication, storms);
  // One cut says so for the whole cascade; what it has left over is not worth an entry each.
  if (standing === 'cut') return 'no-effect';
  if (standing === 'storm' && first !== undefined) {
    const events = [cutEvent(publication, first, 'STORM', null)].map(sealEvent);
    return commitEnd(ports, publication, message, { events });
  }
  const fit = canBeStored(publication);
  const audited = fit && AUDITED.includes(publication.type) ? [triggeredEvent(publication, AUDIT_LOG, null)] : [];
  if (subscribers.length + audited.length === 0) return 'no-effect';
  const cuts = subscribers.map((to) => (fit ? chainCut(publication, to, hopLimit) : 'UNDELIVERABLE'));
  const events = subscribers.flatMap((subscriber, i) => {
    const cut = cuts[i] ?? null;
    return cut === null ? [] : [cutEvent(publication, subscriber, cut, null)];
  });
  const outbox = subscribers.filter((_, i) => (cuts[i] ?? null) === null).map((to) => deliveryMessage(publication, to));
  return commitEnd(ports, publication, message, { events: [...audited, ...events].map(sealEvent), outbox });
}

async function deliver(ports: OverlayPorts, settings: Rules, message: DueMessage): Promise<MessageEnd> {
  const { publication, subscriber } = deliveryOf(message);
  const cutOff = (cut: CutReason, also?: OverlayExecution): Promise<MessageEnd> => {
    const events = [cutEvent(publication, subscriber, cut, also?.receiptId ?? null), ...(also?.pending.events ?? [])];
    return commitEnd(ports, publication, message, { events: events.map(sealEvent) });
  };
  const target = await ports.store.overlays.one(subscriber.overlay);
  if (target === null || !listens(target, publication.type, subscriber.handler)) return cutOff('TARGET_INACTIVE');
  const standing = await standingOf(publication, settings.storms);
  if (standing === 'cut') return 'no-effect';
  if (standing === 'storm') return cutOff('STORM');
  // Found out before the handler runs, and sends its requests again with each attempt.
  if (!canBeStored(publication)) return cutOff('UNDELIVERABLE');
  let execution: OverlayExecution | null;
  try {
    execution = await run(ports, publication, subscriber);
  } catch (error) {
    if (neverSucceeds(error)) return cutOff('UNDELIVERABLE');
    throw error;
  }
  if (execution === null) return cutOff('TARGET_INACTIVE');
  if (execution.fault !== null) {
    if (TRANSIENT.includes(execution.fault.code) && message.attempts + 1 < settings.attempts) {
      throw new DomainError('UNAVAILABLE', `${subscriber.overlay} could not be run (${execution.fault.code}).`);
    }
    const end = await cutOff('HANDLER_FAILED', execution);
    await afterCommit(ports, execution);
    return end;
  }
  const { events, ...rest } = sealed(execution.pending);
  const hop = sealEvent(triggeredEvent(publication, subscriber, execution.receiptId));
  const end = await commitEnd(ports, publication, message, { ...rest, events: [hop, ...events] });
  await afterCommit(ports, execution);
  return end;
}

/** Null when the overlay may not run any more: it was switched off, or trusted less, in this very moment. */
async function run(
  ports: OverlayPorts,
  publication: Publication,
  { overlay, handler }: Subscriber,
): Promise<OverlayExecution | null> {
  const { type, payload, source, publishedBy, correlationId, begun, hops, trail } = publication;
  try {
    return await executeOverlay(ports, {
      overlayId: overlay,
      handler,
      input: { type, payload, source, correlation_id: correlationId, causation_id: publishedBy, hops: hops + 1 },
      caller: null,
      correlationId,
      place: { begun, hops: hops + 1, trail: [...trail, { overlay, handler, type }] },
    });
  } catch (error) {
    if (isDomainError(error) && error.code === 'STATE_CONFLICT') return null;
    throw error;
  }
}

/** What the engine tells first is heard, however much was stored under one id. */
async function standingOf(publication: Publication, storms: StormWatch): Promise<StormStanding> {
  return isFirstNews(publication) ? 'clear' : storms.standing(publication.correlationId, publication.begun);
}

/** Payloads are checked when they are published; one from before that was so would never get into its hop. */
function canBeStored({ payload }: Publication): boolean {
  try {
    canonicalize(payload);
    return true;
  } catch {
    return false;
  }
}

/** Those that need others come after them. */
function subscribersOf(type: string, overlays: readonly OverlayRecord[]): readonly Subscriber[] {
  const active = overlays.filter(({ state, manifest }) => state === 'ACTIVE' && manifest !== null);
  return startOrder(active.map((overlay) => ({ ...dependentOf(overlay), overlay }))).flatMap(({ overlay }) =>
    handlersFor(type, manifestOf(overlay).subscriptions).map((handler) => ({ overlay: overlay.id, handler })),
  );
}

function listens(target: OverlayRecord, type: string, handler: string): boolean {
  if (target.state !== 'ACTIVE' || target.manifest === null) return false;
  return handlersFor(type, manifestOf(target).subscriptions).includes(handler);
}

async function commitEnd(
  { store }: OverlayPorts,
  { id, correlationId }: Publication,
  message: DueMessage,
  writes: Partial<Pick<CommitRequest, 'events' | 'expect' | 'claims' | 'outbox'>>,
): Promise<MessageEnd> {
  const result = await store.commit({
    actor: SYSTEM_ACTOR,
    correlationId,
    causationId: id,
    events: [],
    expect: [],
    claims: [],
    outbox: [],
    ...writes,
    fence: null,
    completes: message.id,
  });
  if (result.outcome === 'committed' || result.outcome === 'completed-before') return 'completed';
  throw new DomainError('CONTENTION', `What a handler wrote rests on something that has changed (${result.outcome}).`);
}

function triggeredEvent(publication: Publication, subscriber: Subscriber, receiptId: string | null): DomainEvent {
  return event('cascade.triggered.v1', 'TRIGGER', sourceOf(publication), {
    target_id: subscriber.overlay,
    event_type: publication.type,
    payload: publication.payload,
    hop: hopOf(publication, subscriber, receiptId),
  });
}

function cutEvent(
  publication: Publication,
  subscriber: Subscriber,
  cut: CutReason,
  receiptId: string | null,
): DomainEvent {
  return event('cascade.cut.v1', 'CUT', sourceOf(publication), {
    target_id: subscriber.overlay,
    event_type: publication.type,
    cut,
    hop: hopOf(publication, subscriber, receiptId),
  });
}

function hopOf({ id, hops, publishedBy }: Publication, { handler }: Subscriber, receiptId: string | null): CascadeHop {
  return { handler, number: hops + 1, publication_id: id, published_by: publishedBy, receipt_id: receiptId };
}

function sourceOf({ source }: Publication) {
  return source === ENGINE_SOURCE
    ? ({ type: 'System', id: ENGINE_SOURCE } as const)
    : ({ type: 'Overlay', id: source } as const);
}

/** One id per publication and subscriber: what is promised twice is one promise. */
function deliveryMessage(publication: Publication, { overlay, handler }: Subscriber): OutboxMessage {
  const { id, payload } = publicationMessage(publication);
  return {
    id: `${id}>${overlay}.${handler}`,
    topic: DELIVERY_TOPIC,
    payload: JSON.stringify({ id, overlay, handler, publication: payload }),
  };
}

function deliveryOf({ payload }: DueMessage): { readonly publication: Publication; readonly subscriber: Subscriber } {
  const { id, overlay, handler, publication } = JSON.parse(payload) as {
    readonly id: string;
    readonly overlay: string;
    readonly handler: string;
    readonly publication: string;
  };
  return { publication: publicationOf({ id, payload: publication }), subscriber: { overlay, handler } };
}
