/** What the ledger tells of overlays, as plain objects. Events about overlays that were never registered leave no mark. @module */
import type { EventPayloads } from '../ledger/events.js';
import type { JsonObject, JsonValue } from '../ledger/json.js';
import {
  begunAnew,
  executed,
  NO_ACTIVITY,
  registered,
  stateChanged,
  violated,
  type OverlayActivity,
  type OverlayStanding,
} from './overlay-record.js';
import { reachedOverlays, type Triggers } from './reached-overlays.js';
import type { ReachedOverlay } from '../ports/overlay-store.js';

export interface OverlayImage {
  standing: OverlayStanding;
  activity: OverlayActivity;
  readonly values: Map<string, JsonValue>;
  /** Ids of the overlays that it has triggered. */
  readonly triggered: Set<string>;
  /** Ledger positions of its receipts, ascending. */
  readonly receipts: number[];
}

/** Types of the events that {@link OverlayImages} heeds. */
export const OVERLAY_EVENTS = [
  'overlay.registered.v1',
  'overlay.state_changed.v1',
  'overlay.executed.v1',
  'overlay.violated.v1',
  'overlay.state_kept.v1',
  'cascade.triggered.v1',
] as const;

export class OverlayImages {
  readonly #overlays = new Map<string, OverlayImage>();

  get(id: string): OverlayImage | undefined {
    return this.#overlays.get(id);
  }

  /** By id. */
  all(): OverlayImage[] {
    return [...this.#overlays.values()].sort((a, b) => (a.standing.id < b.standing.id ? -1 : 1));
  }

  apply(type: string, entityId: string, payload: JsonObject, seq: number, timestamp: string): void {
    switch (type) {
      case 'overlay.registered.v1':
        return this.#register(registered(entityId, payload as unknown as EventPayloads[typeof type], timestamp));
      case 'overlay.state_changed.v1':
        return this.#about(entityId, (overlay) => {
          const p = payload as unknown as EventPayloads[typeof type];
          overlay.standing = stateChanged(overlay.standing, p, timestamp);
          overlay.activity = begunAnew(overlay.activity);
        });
      case 'overlay.executed.v1':
        return this.#about(payload['overlay_id'], (overlay) => {
          const p = payload as unknown as EventPayloads[typeof type];
          overlay.activity = executed(overlay.activity, p, timestamp);
          overlay.receipts.push(seq);
        });
      case 'overlay.violated.v1':
        return this.#about(payload['overlay_id'], (overlay) => {
          overlay.activity = violated(overlay.activity);
        });
      case 'overlay.state_kept.v1':
        return this.#about(payload['overlay_id'], ({ values }) => {
          const value = payload['value'] ?? null;
          if (value === null) values.delete(String(payload['key']));
          else values.set(String(payload['key']), value);
        });
      case 'cascade.triggered.v1': {
        const target = String(payload['target_id']);
        if (this.#overlays.has(target)) this.#about(entityId, ({ triggered }) => triggered.add(target));
      }
    }
  }

  reach(id: string, hops: number): ReachedOverlay[] {
    const triggers: Triggers = {
      from: (source) => this.#overlays.get(source)?.triggered ?? [],
      standing: (reached) => this.#overlays.get(reached)?.standing ?? null,
    };
    return reachedOverlays(triggers, id, hops);
  }

  #register(standing: OverlayStanding): void {
    const known = this.#overlays.get(standing.id);
    if (known === undefined) {
      const fresh = { activity: NO_ACTIVITY, values: new Map(), triggered: new Set<string>(), receipts: [] };
      this.#overlays.set(standing.id, { standing, ...fresh });
      return;
    }
    known.standing = standing;
    known.activity = begunAnew(known.activity);
  }

  #about(id: JsonValue | undefined, change: (overlay: OverlayImage) => void): void {
    const overlay = this.#overlays.get(String(id));
    if (overlay !== undefined) change(overlay);
  }
}
