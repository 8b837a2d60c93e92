/**
 * One run as its host sees it: who asks, what it may, and what it has asked for so far. Writes are decided here and
 * committed with the receipt, all or none: a guest that ends in a fault, or whose worker is lost, has written nothing.
 * @module
 */
import type { DomainEvent } from '../../ledger/events.js';
import type { JsonObject, JsonValue } from '../../ledger/json.js';
import type { CapsuleReader } from '../../ports/capsule-reader.js';
import type { Claim, Expectation } from '../../ports/commit-port.js';
import type { LedgerReader } from '../../ports/ledger-reader.js';
import type { LineageReader } from '../../ports/lineage-reader.js';
import type { OverlayStore } from '../../ports/overlay-store.js';
import type { SearchReader, SimilarReader } from '../../ports/search-reader.js';
import type { FollowUp } from '../../commit/index.js';
import type { Principal } from '../../principal.js';
import type { OverlayManifest } from '../manifest.js';
import type { CascadePlace, Publication } from '../publication.js';
import type { OverlayNetwork } from '../network/overlay-network.js';

/** What host operations read. */
export interface HostStore extends CapsuleReader, LineageReader, SimilarReader, LedgerReader {
  readonly overlays: OverlayStore;
}

export interface HostPorts {
  readonly store: HostStore;
  readonly searching: SearchReader;
  /** Null where there is no network for overlays. */
  readonly network: OverlayNetwork | null;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What a run has decided to write. */
export interface HostWrites {
  readonly events: DomainEvent[];
  readonly expect: Expectation[];
  readonly claims: Claim[];
  readonly followUps: FollowUp[];
  readonly publications: Publication[];
}

export interface HostSession {
  readonly ports: HostPorts;
  readonly manifest: OverlayManifest;
  /** The overlay's own. */
  readonly principal: Principal;
  readonly receiptId: string;
  readonly correlationId: string;
  readonly place: CascadePlace;
  readonly signal: AbortSignal | null;
  readonly writes: HostWrites;
  /** Values put in this run, by key. */
  readonly values: Map<string, JsonValue>;
  /** Streams that this run has written to already. */
  readonly written: Set<string>;
  /** Events published so far. */
  published: number;
}

/** One kind of request: its capability beyond that of the call, and what it does. */
export type HostOperation = (session: HostSession, args: JsonObject) => Promise<JsonValue>;

export function overlayPrincipal(id: string, trust: number): Principal {
  return { id: `overlay:${id}`, reviewer: false, trust };
}
