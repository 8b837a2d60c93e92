import type { FaultCode } from '@forge-cascade/core';
import type { LogLine } from './runner-port.js';

export type { FaultCode };

/** What a call had come to when it was ended. */
export interface FaultFacts {
  /** Of a guest that was stopped from outside this is its budget: nobody can ask it any more. */
  readonly fuel: number;
  readonly hostCalls: number;
  readonly logs: readonly LogLine[];
  /** The instance that ran it and the calls that it had served before; absent when the call was not begun. */
  readonly instance?: string;
  readonly ordinal?: number;
}

const NOTHING: FaultFacts = { fuel: 0, hostCalls: 0, logs: [] };

/** A call that ended without a result. The instance is gone unless the call was not begun. */
export class OverlayFault extends Error implements FaultFacts {
  readonly fuel: number;
  readonly hostCalls: number;
  readonly logs: readonly LogLine[];
  readonly instance?: string;
  readonly ordinal?: number;

  constructor(
    readonly code: FaultCode,
    message: string,
    facts: FaultFacts = NOTHING,
  ) {
    super(message);
    this.name = 'OverlayFault';
    this.fuel = facts.fuel;
    this.hostCalls = facts.hostCalls;
    this.logs = facts.logs;
    if (facts.instance !== undefined) this.instance = facts.instance;
    if (facts.ordinal !== undefined) this.ordinal = facts.ordinal;
  }
}

/** The same inside the guest's thread, where it travels through the guest's own frames. */
export class GuestFault extends Error {
  constructor(
    readonly code: FaultCode,
    message: string,
  ) {
    super(message);
    this.name = 'GuestFault';
  }
}
