/** What running overlays in a server rests on. @module */
import {
  announcing,
  CascadeInterests,
  overlayPorts,
  type OverlayNetwork,
  type OverlayPorts,
  type OverlayRunner,
  type OverlaySettings,
  type SearchReader,
  type Store,
} from '@forge-cascade/core';
import { withCommits } from '../system/metered-store.js';

export interface OverlayParts {
  /** Stays open when the server closes. */
  readonly runner: OverlayRunner;
  /** Null: overlays have no network. */
  readonly network?: OverlayNetwork | null;
  readonly settings?: Partial<OverlaySettings>;
  /** Installs what comes with the product, and has it serve the phases of an answer; false by default. */
  readonly core?: boolean;
}

export interface RunningOverlays {
  readonly ports: OverlayPorts;
  /** The store for overlays: what they write carries their own cascade on. */
  readonly store: Store;
  /** The store for everybody but overlays: what it commits is told to subscribers. */
  readonly announcing: Store;
  readonly interests: CascadeInterests;
}

export function runningOverlays(
  store: Store,
  searching: SearchReader,
  parts: OverlayParts,
  now: () => number,
): RunningOverlays {
  const { runner, network = null, settings = {} } = parts;
  const interests = new CascadeInterests(store.overlays);
  return {
    store,
    ports: overlayPorts({ store, searching, runner, network, now, settings }),
    announcing: withCommits(store, announcing(store, interests)),
    interests,
  };
}
