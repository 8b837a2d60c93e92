/**
 * The port behind which modules run. The core decides what runs, answers host calls and records what came of it; it never
 * touches a module's instructions.
 * @module
 */
import type { HostFunction } from './capability.js';
import type { OverlayManifest } from './manifest.js';

/**
 * Answers one host call of a guest; request and reply are JSON texts as in `docs/overlays/abi.md`. Never rejects for what the
 * guest did wrong: it replies `{"error": ...}`.
 */
export type HostAnswers = (name: HostFunction, request: string, during: 'initialize' | 'call') => Promise<string>;

export interface PreparedModule {
  /** Lower-case hex of the module as given. */
  readonly sha256: string;
  /** Names the instrumenter and its cost table: fuel can be compared under one of them only. */
  readonly instrumenter: string;
  readonly imports: readonly string[];
  readonly exports: readonly string[];
}

export interface OverlayCall {
  /** One of the manifest's exports. */
  readonly handler: string;
  /** JSON text. */
  readonly input: string;
  readonly host: HostAnswers;
  readonly signal?: AbortSignal;
}

export interface OverlayLogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
}

export interface OverlayRun {
  /** JSON text. */
  readonly output: string;
  readonly fuel: number;
  readonly hostCalls: number;
  readonly logs: readonly OverlayLogLine[];
  /** Which instance served. */
  readonly instance: string;
  /** How many calls that instance had served before; 0 for a new one. */
  readonly ordinal: number;
}

/** `busy`: too many of its calls wait already. */
/** Why a guest was ended, or its call not begun (`busy`: too many of its calls wait already). */
export const FAULT_CODES = [
  'out_of_fuel',
  'deadline',
  'trap',
  'stack_exhausted',
  'out_of_memory',
  'bad_pointer',
  'bad_result',
  'too_large',
  'host_call_limit',
  'reentered',
  'cancelled',
  'busy',
  'worker_lost',
  'busy',
] as const;

export type FaultCode = (typeof FAULT_CODES)[number];

/** What a run that did not end well leaves behind. Compare `name` and `code`: faults cross threads. */
export interface OverlayFault extends Error {
  readonly name: 'OverlayFault';
  readonly code: FaultCode;
  readonly fuel: number;
  readonly hostCalls: number;
  readonly logs: readonly OverlayLogLine[];
  /** Absent when no instance came about. */
  readonly instance?: string;
  readonly ordinal?: number;
}

/** A module that may not run here: what is wrong, where in it, and what to do. */
export interface OverlayRefused extends Error {
  readonly name: 'OverlayRefused';
  readonly code: string;
}

export interface OverlayRunner {
  /**
   * Checks and meters a module against its manifest; the same content gives the same answer.
   * @throws OverlayRefused
   */
  prepare(module: Uint8Array, manifest: OverlayManifest): Promise<PreparedModule>;
  /**
   * Runs one handler in the overlay's own instance, one at a time. A new instance is initialised first: its host calls then
   * go to this call's `host`, with `during` saying so.
   * @throws OverlayFault
   */
  run(overlayId: string, module: PreparedModule, manifest: OverlayManifest, call: OverlayCall): Promise<OverlayRun>;
  /** Throws away the overlay's instance and its memory. */
  discard(overlayId: string): Promise<void>;
  close(): Promise<void>;
}

export function isOverlayFault(error: unknown): error is OverlayFault {
  return error instanceof Error && error.name === 'OverlayFault' && 'code' in error;
}

export function isOverlayRefused(error: unknown): error is OverlayRefused {
  return error instanceof Error && error.name === 'OverlayRefused' && 'code' in error;
}
