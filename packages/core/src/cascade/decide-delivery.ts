/** Whether a publication reaches a subscriber, or why not. Pure. @module */
import type { OverlaySubscription } from '../overlay/manifest.js';
import { matchesType } from '../overlay/manifest.js';
import type { Publication } from '../overlay/publication.js';
import { isOverlayRefused } from '../overlay/runner.js';
import { isDomainError, type ErrorCode } from '../errors.js';
import { CanonicalJsonError } from '../ledger/canonical-json.js';

/** Why a cascade was not carried on somewhere. */
export const CUT_REASONS = [
  'HOP_LIMIT',
  'CYCLE',
  'STORM',
  'TARGET_INACTIVE',
  'HANDLER_FAILED',
  'UNDELIVERABLE',
] as const;

export type CutReason = (typeof CUT_REASONS)[number];

export interface CascadeSettings {
  /** Hops from what began a cascade. */
  readonly hopLimit: number;
  /**
   * Hops that one correlation may take within `stormMs`. The cascade that takes more is cut for good; whoever begins another
   * one under the same id later is heard again. What the engine tells first does not count.
   */
  readonly storm: number;
  readonly stormMs: number;
  /** Attempts at a handler whose worker is lost again and again. */
  readonly attempts: number;
}

export const DEFAULT_CASCADE_SETTINGS: CascadeSettings = { hopLimit: 5, storm: 256, stormMs: 60_000, attempts: 5 };

export interface Subscriber {
  readonly overlay: string;
  readonly handler: string;
}

/** The handlers that subscriptions name for a type, each once, in the order of the manifest. */
export function handlersFor(type: string, subscriptions: readonly OverlaySubscription[]): readonly string[] {
  const meant = subscriptions.filter((subscription) => matchesType(subscription.type, type));
  return [...new Set(meant.map(({ handler }) => handler))];
}

/** What the chain itself forbids: it has gone too far, or it comes round to where it was. */
export function chainCut(
  { type, hops, trail }: Pick<Publication, 'type' | 'hops' | 'trail'>,
  { overlay, handler }: Subscriber,
  hopLimit: number,
): Extract<CutReason, 'HOP_LIMIT' | 'CYCLE'> | null {
  if (trail.some((step) => step.overlay === overlay && step.handler === handler && step.type === type)) return 'CYCLE';
  return hops >= hopLimit ? 'HOP_LIMIT' : null;
}

/** Refusals that another attempt meets again. */
const LASTING: readonly ErrorCode[] = ['INVALID_INPUT', 'TOO_LARGE', 'NOT_FOUND'];

/**
 * Whether a delivery that failed like this fails whenever it is tried. Nothing that a store, a network or another pod had a
 * part in does: a disk has room again, a connection comes back.
 */
export function neverSucceeds(error: unknown): boolean {
  if (error instanceof CanonicalJsonError || error instanceof RangeError || isOverlayRefused(error)) return true;
  return isDomainError(error) && LASTING.includes(error.code);
}
