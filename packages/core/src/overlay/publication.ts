/** What an overlay, or the engine, tells to whoever subscribed: it goes through the outbox, and begins or carries on a cascade. @module */
import { uuidv7 } from 'uuidv7';
import type { JsonObject, JsonValue } from '../ledger/json.js';
import type { OutboxMessage } from '../ports/commit-port.js';

/** Topic of publications on their way to subscribers. */
export const PUBLICATION_TOPIC = 'cascade.publication';

/** Names what the engine itself tells of, where an overlay's id would stand. */
export const ENGINE_SOURCE = 'engine';

/** A handler that a cascade has been through already. */
export interface TrailStep {
  readonly overlay: string;
  readonly handler: string;
  readonly type: string;
}

/** Where in a cascade something happens; what begins one is at no hops. */
export interface CascadePlace {
  /** When the cascade began: milliseconds since the epoch. */
  readonly begun: number;
  readonly hops: number;
  readonly trail: readonly TrailStep[];
}

/** @param begun milliseconds since the epoch. */
export function cascadeBeginning(begun: number): CascadePlace {
  return { begun, hops: 0, trail: [] };
}

export interface Publication extends CascadePlace {
  readonly id: string;
  readonly type: string;
  readonly payload: JsonObject;
  /** The overlay that published, or {@link ENGINE_SOURCE}. */
  readonly source: string;
  /** Receipt of the run that published; null for the engine. */
  readonly publishedBy: string | null;
  readonly correlationId: string;
}

export function publicationMessage(publication: Publication): OutboxMessage {
  const { id, type, payload, source, publishedBy, correlationId, begun, hops, trail } = publication;
  const text = JSON.stringify({
    type,
    payload,
    source,
    published_by: publishedBy,
    correlation_id: correlationId,
    begun,
    hops,
    trail: trail.map((step) => [step.overlay, step.handler, step.type]),
  });
  return { id, topic: PUBLICATION_TOPIC, payload: text };
}

export function publicationOf({ id, payload }: { readonly id: string; readonly payload: string }): Publication {
  const text = JSON.parse(payload) as {
    readonly type: string;
    readonly payload: JsonObject;
    readonly source: string;
    readonly published_by: string | null;
    readonly correlation_id: string;
    /** Absent from what was published before it was kept. */
    readonly begun?: number;
    readonly hops: number;
    readonly trail: readonly (readonly [string, string, string])[];
  };
  return {
    id,
    type: text.type,
    payload: text.payload,
    source: text.source,
    publishedBy: text.published_by,
    correlationId: text.correlation_id,
    begun: text.begun ?? 0,
    hops: text.hops,
    trail: text.trail.map(([overlay, handler, type]) => ({ overlay, handler, type })),
  };
}

/** What the engine tells of. */
export function engineNews(
  type: string,
  payload: JsonObject,
  correlationId: string,
  place: CascadePlace = cascadeBeginning(Date.now()),
): Publication {
  return { id: uuidv7(), type, payload, source: ENGINE_SOURCE, publishedBy: null, correlationId, ...place };
}

/** The engine's own telling of what somebody stored, which no overlay has led to. */
export function isFirstNews({ source, hops }: Pick<Publication, 'source' | 'hops'>): boolean {
  return source === ENGINE_SOURCE && hops === 0;
}

/** Payloads are objects, so that subscribers can rely on names; anything else stands under `value`. */
export function payloadObject(value: JsonValue): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : { value };
}
