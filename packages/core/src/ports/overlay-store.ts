/**
 * Overlays beside the ledger: how they stand, what they keep for themselves, and what was recorded of their runs.
 * @module
 */
import { DomainError } from '../errors.js';
import type { JsonValue } from '../ledger/json.js';
import type { OverlayRecord } from '../overlay/overlay-record.js';
import type { Page } from './capsule-reader.js';
import type { LedgerEntry } from './ledger-reader.js';

/** An overlay that a cascade from another one has reached. */
export interface ReachedOverlay {
  readonly id: string;
  readonly name: string;
  /** Fewest hops. */
  readonly hops: number;
}

/** What running a receipt's call again needs: not in the ledger, and kept for a while only. */
export interface OverlayRecording {
  readonly receiptId: string;
  readonly overlayId: string;
  readonly instance: string;
  readonly ordinal: number;
  /** JSON text. */
  readonly text: string;
}

export interface OverlayStore {
  /** All that were ever registered, by id. */
  all(): Promise<readonly OverlayRecord[]>;
  one(id: string): Promise<OverlayRecord | null>;
  /** `overlay.executed.v1` entries of an overlay, newest first. `limit` 1–500. */
  receipts(id: string, limit: number, cursor: string | null): Promise<Page<LedgerEntry>>;
  /** What an overlay keeps under a name; null when it keeps nothing there. */
  value(id: string, key: string): Promise<JsonValue>;
  /** Under how many names an overlay keeps something. */
  valueCount(id: string): Promise<number>;
  /** Active overlays that hops from this one have ever reached, by hops, then id; without itself. `hops` 1–5. */
  reach(id: string, hops: number): Promise<readonly ReachedOverlay[]>;
  /** Keeps recordings, and forgets the oldest of each overlay beyond `most`. One kept twice is kept once. */
  keepRecordings(recordings: readonly OverlayRecording[], most: number): Promise<void>;
  /** What is kept of an instance's calls up to that ordinal, ascending. */
  recordings(instance: string, upTo: number): Promise<readonly OverlayRecording[]>;
}

/** Hops that a cascade can be followed over. */
export const MAX_REACH = 5;

/** @throws DomainError INVALID_INPUT */
export function assertHops(hops: number): void {
  if (Number.isInteger(hops) && hops >= 1 && hops <= MAX_REACH) return;
  throw new DomainError('INVALID_INPUT', `hops must be a whole number from 1 to ${MAX_REACH}.`, { field: 'hops' });
}
