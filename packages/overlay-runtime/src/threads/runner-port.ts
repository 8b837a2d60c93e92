/**
 * The core's port for running overlays, as this runtime fulfils it: it asks less of a manifest and tells more of a run.
 * @module
 */
import type {
  OverlayRun as PortRun,
  OverlayCall,
  OverlayLogLine,
  OverlayManifest,
  PreparedModule,
} from '@forge-cascade/core';

export type { HostAnswers, HostFunction, OverlayCall, PreparedModule } from '@forge-cascade/core';

export type LogLine = OverlayLogLine;

/** What the runner needs of a manifest. */
export type RunnableManifest = Pick<
  OverlayManifest,
  'capabilities' | 'exports' | 'fuelBudget' | 'memoryLimitPages' | 'deadlineMs' | 'config'
>;

/** What making the instance took, beside the call that it was made for. */
export interface Initialized {
  readonly fuel: number;
  readonly hostCalls: number;
}

/** Fuel and host calls are the handler's: `initialize` is not included. */
export interface OverlayRun extends PortRun {
  /** Of the first call of an instance whose manifest has an `initialize`. */
  readonly initialized?: Initialized;
}

/** An `OverlayRunner` of the core. */
export interface OverlayRunner {
  /** Checks and meters a module against its manifest. The same content is prepared once. */
  prepare(module: Uint8Array, manifest: RunnableManifest): Promise<PreparedModule>;
  /**
   * Runs one handler in the overlay's own instance; throws an `OverlayFault`, or what the host's answers rejected with: that
   * ends the call too.
   */
  run(overlayId: string, module: PreparedModule, manifest: RunnableManifest, call: OverlayCall): Promise<OverlayRun>;
  /** Throws away the overlay's instance and its memory; calls under way end as `cancelled`. */
  discard(overlayId: string): Promise<void>;
  close(): Promise<void>;
}
