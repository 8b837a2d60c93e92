/** What running overlays rests on. @module */
import type { CommitPort } from '../ports/commit-port.js';
import type { SearchReader } from '../ports/search-reader.js';
import type { HostPorts, HostStore } from './host/host-session.js';
import type { OverlayNetwork } from './network/overlay-network.js';
import { PreparedModules } from './prepared-modules.js';
import { RecordingKeeper } from './recording-keeper.js';
import type { OverlayRunner } from './runner.js';
import { Turns } from './turns.js';

export interface OverlaySettings {
  /** Calls after which an instance makes room for a new one: a receipt's call can be run again only from its beginning. */
  readonly callsPerInstance: number;
  /** Recordings kept of each overlay. */
  readonly recordings: number;
  /** Failures in a row after which an overlay is quarantined. */
  readonly failuresInARow: number;
}

export const DEFAULT_OVERLAY_SETTINGS: OverlaySettings = {
  callsPerInstance: 1_000,
  recordings: 2_000,
  failuresInARow: 3,
};

export interface OverlayPorts extends HostPorts {
  readonly store: HostStore & CommitPort;
  readonly runner: OverlayRunner;
  readonly modules: PreparedModules;
  readonly recordings: RecordingKeeper;
  readonly turns: Turns;
  readonly settings: OverlaySettings;
}

export function overlayPorts(given: {
  readonly store: HostStore & CommitPort & SearchReader;
  readonly runner: OverlayRunner;
  /** Default: the store's own, by words alone. */
  readonly searching?: SearchReader;
  readonly network?: OverlayNetwork | null;
  readonly now?: () => number;
  readonly settings?: Partial<OverlaySettings>;
}): OverlayPorts {
  const { store, runner } = given;
  const settings = { ...DEFAULT_OVERLAY_SETTINGS, ...given.settings };
  return {
    store,
    runner,
    searching: given.searching ?? store,
    network: given.network ?? null,
    now: given.now ?? Date.now,
    modules: new PreparedModules(store, runner),
    recordings: new RecordingKeeper(store.overlays, settings.recordings),
    turns: new Turns(),
    settings,
  };
}
