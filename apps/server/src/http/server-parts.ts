/** What handlers may use. @module */
import type { AskPorts, Store } from '@forge-cascade/core';
import type { Metrics } from '../system/metrics.js';
import type { MaintenanceSwitch } from '../system/maintenance-switch.js';

export interface ServerParts {
  readonly store: Store;
  readonly askPorts: AskPorts;
  readonly maintenance: MaintenanceSwitch;
  readonly metrics: Metrics;
  /** Of this product. */
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly now: () => number;
}
