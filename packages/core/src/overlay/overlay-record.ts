/**
 * An overlay as it stands: what was told of it last. Engines keep it beside the ledger, and all of them evolve it here.
 * @module
 */
import type { EventPayloads, OverlayState } from '../ledger/events.js';
import type { JsonObject } from '../ledger/json.js';

/** What follows from an overlay's registration and its changes of state. */
export interface OverlayStanding {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** Lower-case hex of the module's SHA-256. */
  readonly moduleHash: string;
  /** Lower-case hex of the SHA-256 of the manifest in canonical form; null when none was given. */
  readonly manifestHash: string | null;
  /** As its author wrote it. */
  readonly manifest: JsonObject | null;
  /** 0–100. */
  readonly trust: number;
  readonly capabilities: readonly string[];
  readonly state: OverlayState;
  /** Why it is in this state; null when nobody said. */
  readonly reason: string | null;
  /** RFC 3339. */
  readonly registeredAt: string;
  readonly changedAt: string;
  readonly activatedAt: string | null;
}

/** What came of its runs. Numbers are totals since it was first registered. */
export interface OverlayActivity {
  readonly runs: number;
  readonly faults: number;
  /** Since the last run that went well, or the last change of state. */
  readonly failuresInARow: number;
  readonly violations: number;
  readonly fuel: number;
  readonly hostCalls: number;
  /** RFC 3339. */
  readonly lastRunAt: string | null;
  readonly lastFault: string | null;
}

export interface OverlayRecord extends OverlayStanding {
  readonly activity: OverlayActivity;
  /** Revision of the overlay's stream. */
  readonly revision: number;
}

export const NO_ACTIVITY: OverlayActivity = {
  runs: 0,
  faults: 0,
  failuresInARow: 0,
  violations: 0,
  fuel: 0,
  hostCalls: 0,
  lastRunAt: null,
  lastFault: null,
};

/** @param timestamp RFC 3339 time of the entry. */
export function registered(id: string, p: EventPayloads['overlay.registered.v1'], timestamp: string): OverlayStanding {
  return {
    id,
    name: p.name,
    version: p.version,
    moduleHash: p.wasm_hash,
    manifestHash: p.manifest_hash ?? null,
    manifest: p.manifest ?? null,
    trust: p.trust_level,
    capabilities: p.capabilities,
    state: 'REGISTERED',
    reason: null,
    registeredAt: timestamp,
    changedAt: timestamp,
    activatedAt: null,
  };
}

export function stateChanged(
  overlay: OverlayStanding,
  { state, reason }: EventPayloads['overlay.state_changed.v1'],
  timestamp: string,
): OverlayStanding {
  const activatedAt = state === 'ACTIVE' ? timestamp : overlay.activatedAt;
  return { ...overlay, state, reason: reason ?? null, changedAt: timestamp, activatedAt };
}

/** A call that was given up by whoever asked for it, or not even begun, says nothing of the overlay. */
export function isFailure(fault: string | null): fault is string {
  return fault !== null && fault !== 'cancelled' && fault !== 'busy';
}

export function executed(
  activity: OverlayActivity,
  { fault, fuel, host_calls }: Pick<EventPayloads['overlay.executed.v1'], 'fault' | 'fuel' | 'host_calls'>,
  timestamp: string,
): OverlayActivity {
  const failed = isFailure(fault);
  return {
    ...activity,
    runs: activity.runs + 1,
    faults: activity.faults + (failed ? 1 : 0),
    failuresInARow: failed ? activity.failuresInARow + 1 : fault === null ? 0 : activity.failuresInARow,
    fuel: Math.min(Number.MAX_SAFE_INTEGER, activity.fuel + fuel),
    hostCalls: activity.hostCalls + host_calls,
    lastRunAt: timestamp,
    lastFault: failed ? fault : activity.lastFault,
  };
}

export function violated(activity: OverlayActivity): OverlayActivity {
  return { ...activity, violations: activity.violations + 1 };
}

/** Whatever changes an overlay's state begins the count of failures anew. */
export function begunAnew(activity: OverlayActivity): OverlayActivity {
  return { ...activity, failuresInARow: 0 };
}
