/**
 * Receipts bind what ran, on what, with which answers and to what end, without telling any of it; the recording beside them
 * holds what they commit to. Pure but for the salts.
 * @module
 */
import { commitText, newSalt, SALT_BYTES } from '../ledger/commitment.js';
import { event, type DomainEvent, type EventPayloads } from '../ledger/events.js';
import type { OverlayRecording } from '../ports/overlay-store.js';
import type { RecordedCall } from './host/answer-host-calls.js';

export type ReceiptPayload = EventPayloads['overlay.executed.v1'];

/** The fault of a run whose writes cannot be stored. The host finds it, after the guest has ended well. */
export const UNSTORABLE = 'unstorable';

/** What one run was given and gave. Texts are JSON, as they crossed into and out of the guest. */
export interface RunFacts {
  readonly receiptId: string;
  readonly overlayId: string;
  readonly moduleHash: string;
  readonly manifestHash: string;
  readonly instrumenter: string;
  readonly handler: string;
  readonly capabilities: readonly string[];
  readonly input: string;
  /** Null where it gave none. */
  readonly output: string | null;
  readonly fault: string | null;
  readonly calls: readonly RecordedCall[];
  readonly fuel: number;
  readonly hostCalls: number;
  readonly instance: string | null;
  readonly ordinal: number | null;
}

/** What a recording holds. */
export interface RecordedRun {
  readonly handler: string;
  readonly input: string;
  readonly output: string | null;
  readonly fault: string | null;
  readonly calls: readonly RecordedCall[];
  readonly salts: { readonly input: string; readonly output: string; readonly host: string };
}

export function receiptOf(facts: RunFacts): { readonly event: DomainEvent; readonly recorded: RecordedRun } {
  const salts = { input: saltText(), output: saltText(), host: saltText() };
  const { handler, input, output, fault, calls } = facts;
  const payload: ReceiptPayload = {
    overlay_id: facts.overlayId,
    module_hash: facts.moduleHash,
    manifest_hash: facts.manifestHash,
    instrumenter: facts.instrumenter,
    handler,
    input_commitment: committed(salts.input, input),
    output_commitment: output === null ? null : committed(salts.output, output),
    host_commitment: committed(salts.host, callsText(calls)),
    fault,
    fuel: facts.fuel,
    host_calls: facts.hostCalls,
    capabilities: facts.capabilities,
    instance: facts.instance,
    ordinal: facts.ordinal,
  };
  return {
    event: event('overlay.executed.v1', 'EXECUTE', { type: 'OverlayReceipt', id: facts.receiptId }, payload),
    recorded: { handler, input, output, fault, calls, salts },
  };
}

/** Null for a run that no instance served: there is nothing to run again. */
export function recordingOf(facts: RunFacts, recorded: RecordedRun): OverlayRecording | null {
  const { receiptId, overlayId, instance, ordinal } = facts;
  if (instance === null || ordinal === null) return null;
  return { receiptId, overlayId, instance, ordinal, text: JSON.stringify(recorded) };
}

/** Hex of sha256(salt ‖ UTF-8 of the text): what a guest wrote need not be proper JSON. */
export function committed(salt: string, text: string): string {
  const bytes = Buffer.from(salt, 'hex');
  return Buffer.from(commitText(bytes.length === SALT_BYTES ? bytes : new Uint8Array(SALT_BYTES), text)).toString(
    'hex',
  );
}

/** All host calls of a run and their answers as one text. */
export function callsText(calls: readonly RecordedCall[]): string {
  return JSON.stringify(calls.map(({ name, during, request, reply }) => [name, during, request, reply]));
}

function saltText(): string {
  return Buffer.from(newSalt()).toString('hex');
}
