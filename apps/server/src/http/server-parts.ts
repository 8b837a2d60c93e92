/** What handlers may use. @module */
import type { AskPorts, CapsuleEmbedder, OverlayPorts, SearchReader, Store } from '@forge-cascade/core';
import type { Log } from '../log.js';
import type { AnswerStatus } from '../providers/answers/answer-providers.js';
import type { RedisLink } from '../redis/redis-link.js';
import type { Metrics } from '../system/metrics.js';
import type { MaintenanceSwitch } from '../system/maintenance-switch.js';
import type { Readiness } from '../system/readiness.js';

export interface ServerParts {
  readonly store: Store;
  readonly askPorts: AskPorts;
  /** By words, and by meaning where there is a model. */
  readonly searching: SearchReader;
  /** Null: no vectors are kept. */
  readonly embedder: CapsuleEmbedder | null;
  /** Null: none are run here. */
  readonly overlays: OverlayPorts | null;
  /** To be called when overlays were installed, enabled or disabled here. */
  readonly overlaysChanged: () => Promise<void>;
  readonly answerStatus: () => AnswerStatus;
  /** Null: there is none. */
  readonly redis: Pick<RedisLink, 'status'> | null;
  readonly maintenance: MaintenanceSwitch;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Of this product. */
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly now: () => number;
}
