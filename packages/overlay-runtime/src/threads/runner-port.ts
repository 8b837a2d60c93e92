/**
 * What the core asks of whoever runs overlays.
 * @module
 */

export type HostFunction = 'get_config' | 'db_read' | 'db_write' | 'event_publish' | 'event_subscribe' | 'http_request';

/**
 * Answers one host call of a guest; request and reply are JSON texts. What the guest did wrong is answered
 * `{"error": …}`; a rejection ends the call with that very error.
 */
export type HostAnswers = (name: HostFunction, request: string, during: 'initialize' | 'call') => Promise<string>;

/** What the runner needs of a manifest. Fuel by export; memory in pages of 64 KiB. */
export interface RunnableManifest {
  readonly capabilities: readonly string[];
  readonly exports: readonly string[];
  readonly fuelBudget: Readonly<Record<string, number>>;
  readonly memoryLimitPages: number;
  readonly deadlineMs: number;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A module that was checked and metered. `instrumenter` names the instrumenter and its cost table. */
export interface PreparedModule {
  readonly sha256: string;
  readonly instrumenter: string;
  readonly imports: readonly string[];
  readonly exports: readonly string[];
}

export interface OverlayCall {
  readonly handler: string;
  /** JSON text. */
  readonly input: string;
  readonly host: HostAnswers;
  readonly signal?: AbortSignal;
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
}

/** What making the instance took, beside the call that it was made for. */
export interface Initialized {
  readonly fuel: number;
  readonly hostCalls: number;
}

export interface OverlayRun {
  /** JSON text. */
  readonly output: string;
  /** What the handler used, `initialize` not included. */
  readonly fuel: number;
  readonly hostCalls: number;
  readonly logs: readonly LogLine[];
  /** Which instance served, and how many calls it had served before: 0 is a fresh one. */
  readonly instance: string;
  readonly ordinal: number;
  /** Of the first call of an instance that has an `initialize` or a start function. */
  readonly initialized?: Initialized;
}

export interface OverlayRunner {
  /** Checks and meters a module against its manifest. The same content is prepared once. */
  prepare(module: Uint8Array, manifest: RunnableManifest): Promise<PreparedModule>;
  /** Runs one handler in the overlay's own instance; throws an `OverlayFault`. */
  run(overlayId: string, module: PreparedModule, manifest: RunnableManifest, call: OverlayCall): Promise<OverlayRun>;
  /** Throws away the overlay's instance and its memory; calls under way end as `cancelled`. */
  discard(overlayId: string): Promise<void>;
  close(): Promise<void>;
}
