/**
 * Running a receipt's call again, from its instance's first call on, because an overlay's memory is state: the same module,
 * the same inputs and the same host answers must give the same output and fuel.
 * @module
 */
import { uuidv7 } from 'uuidv7';
import { DomainError } from '../errors.js';
import { commitmentMatches } from '../ledger/commitment.js';
import type { JsonValue } from '../ledger/json.js';
import type { LedgerEntry, LedgerReader } from '../ports/ledger-reader.js';
import type { OverlayRecording } from '../ports/overlay-store.js';
import type { Replica } from '../ports/replica.js';
import type { RecordedCall } from './host/answer-host-calls.js';
import { errorReply, HostRefusal } from './host/host-reply.js';
import { readOutput } from './read-output.js';
import { loadOverlay } from './load-overlay.js';
import type { OverlayManifest } from './manifest.js';
import type { OverlayPorts } from './overlay-ports.js';
import { callsText, committed, UNSTORABLE, type ReceiptPayload, type RecordedRun } from './receipt.js';
import { isOverlayFault, type HostAnswers, type PreparedModule } from './runner.js';

export interface Replay {
  readonly receiptId: string;
  readonly overlayId: string;
  /** Calls that were made again, the receipt's own the last of them. */
  readonly calls: number;
  /** All of what follows is as the receipt says. */
  readonly same: boolean;
  /** What is not, a sentence each. */
  readonly differences: readonly string[];
  readonly output: JsonValue;
  readonly fuel: number;
}

export interface ReplayInput {
  readonly receiptId: string;
  /** The receipt as the caller has it, with the place of its entry as listed receipts have it; refused when the ledger's says anything else. */
  readonly receipt?: Readonly<Record<string, unknown>>;
}

/** Ends that depend on when they came, not on what the module did: their fuel is the budget, for what was used is not known. */
const BY_TIME: readonly string[] = ['deadline', 'cancelled', 'worker_lost'];

type ReplayPorts = OverlayPorts & { readonly replica: Pick<Replica, 'history'> };

/**
 * @throws DomainError NOT_FOUND for an unknown receipt; STATE_CONFLICT when it cannot be run again here, saying why; STORE_CORRUPT
 * when receipt, recording or module are not what the ledger committed to.
 */
export async function replayReceipt(ports: ReplayPorts, { receiptId, receipt: claimed }: ReplayInput): Promise<Replay> {
  const entry = await readReceipt(ports.store, receiptId);
  const receipt = entry.payload as unknown as ReceiptPayload;
  await assertCommittedTo(ports.replica, entry);
  assertSameReceipt(entry, claimed ?? {});
  const { instance, ordinal } = receipt;
  if (instance === null || ordinal === null) {
    throw unrepeatable(receiptId, `no instance served it (${receipt.fault ?? 'no fault'})`);
  }
  if (receipt.fault !== null && BY_TIME.includes(receipt.fault)) {
    throw unrepeatable(receiptId, `it was ended from outside (${receipt.fault}), at a moment that no repeat can meet`);
  }
  await ports.recordings.settled();
  const runs = planReplay(receiptId, receipt, await ports.store.overlays.recordings(instance, ordinal));
  const overlay = await loadOverlay(ports.store, receipt.overlay_id);
  if (overlay.moduleHash !== receipt.module_hash || overlay.manifestHash !== receipt.manifest_hash) {
    throw unrepeatable(receiptId, `${overlay.id} is installed in version ${overlay.version}, which is not what ran`);
  }
  const module = await ports.modules.of(overlay);
  if (module.prepared.instrumenter !== receipt.instrumenter) {
    throw unrepeatable(
      receiptId,
      `it was metered by ${receipt.instrumenter}, and here is ${module.prepared.instrumenter}`,
    );
  }
  return compare(receiptId, receipt, runs, await runAgain(ports, module, runs));
}

/**
 * The calls to make again, in order. Pure.
 * @throws DomainError STATE_CONFLICT when some are not kept; STORE_CORRUPT when the receipt's own is not what it commits to.
 */
export function planReplay(
  receiptId: string,
  receipt: ReceiptPayload,
  recordings: readonly OverlayRecording[],
): readonly RecordedRun[] {
  const runs = recordings.map(({ text }) => JSON.parse(text) as RecordedRun);
  const missing = recordings.findIndex(({ ordinal }, i) => ordinal !== i);
  const needed = (receipt.ordinal ?? 0) + 1;
  const last = runs.at(-1);
  if (missing !== -1 || last === undefined || runs.length !== needed || recordings.at(-1)?.receiptId !== receiptId) {
    const place = missing === -1 ? runs.length : missing;
    throw unrepeatable(receiptId, `the recording of call ${place} of its instance is not kept`);
  }
  const { input, output, calls, salts } = last;
  const changed = [
    ...(committed(salts.input, input) === receipt.input_commitment ? [] : ['input']),
    ...(committed(salts.host, callsText(calls)) === receipt.host_commitment ? [] : ['host answers']),
    ...((output === null ? null : committed(salts.output, output)) === receipt.output_commitment ? [] : ['output']),
    ...(last.handler === receipt.handler ? [] : ['handler']),
  ];
  if (changed.length === 0) return runs;
  throw corrupt(receiptId, `Its recording is not what it commits to: ${changed.join(', ')} changed.`);
}

interface AgainResult {
  readonly output: string | null;
  readonly value: JsonValue;
  readonly fault: string | null;
  readonly fuel: number;
  readonly hostCalls: number;
  readonly differences: readonly string[];
}

async function runAgain(
  { runner }: OverlayPorts,
  { manifest, prepared }: { readonly manifest: OverlayManifest; readonly prepared: PreparedModule },
  runs: readonly RecordedRun[],
): Promise<AgainResult> {
  // An instance of its own: neither sees the memory of the other.
  const instance = `replay:${uuidv7()}`;
  let result: AgainResult = { output: null, value: null, fault: null, fuel: 0, hostCalls: 0, differences: [] };
  try {
    for (const [i, { handler, input, calls }] of runs.entries()) {
      const { answers, differences } = recordedAnswers(calls, i);
      try {
        const run = await runner.run(instance, prepared, manifest, { handler, input, host: answers });
        const { output: value, fault } = readOutput(handler, run.output);
        const { output, fuel, hostCalls } = run;
        result = { output, value, fault: fault?.code ?? null, fuel, hostCalls, differences };
      } catch (error) {
        if (!isOverlayFault(error)) throw error;
        const { code, fuel, hostCalls } = error;
        result = { output: null, value: null, fault: code, fuel, hostCalls, differences };
      }
      if (differences.length > 0) return result;
    }
    return result;
  } finally {
    await runner.discard(instance);
  }
}

/** Gives the answers of then, in their order, and notes where something else is asked. */
function recordedAnswers(calls: readonly RecordedCall[], run: number) {
  const differences: string[] = [];
  let next = 0;
  const answers: HostAnswers = async (name, request, during) => {
    const expected = calls[next++];
    if (expected?.name === name && expected.request === request && expected.during === during) return expected.reply;
    if (differences.length === 0) {
      const then = expected === undefined ? 'was not made' : `was ${expected.name}`;
      differences.push(`Host call ${next} of call ${run} ${then} then, and is ${name} with another request now.`);
    }
    return errorReply(new HostRefusal('UNAVAILABLE', 'This call was not made when the run was recorded.'));
  };
  return { answers, differences };
}

function compare(receiptId: string, receipt: ReceiptPayload, runs: readonly RecordedRun[], again: AgainResult): Replay {
  const salt = runs.at(-1)?.salts.output ?? '';
  // What the guest asked to be written is not written again, so the host does not find again that it could not be.
  const fault = receipt.fault === UNSTORABLE ? null : receipt.fault;
  const output = again.output === null ? null : committed(salt, again.output);
  const differences = [
    ...again.differences,
    ...(output === receipt.output_commitment ? [] : ['The output is another one.']),
    ...(again.fault === fault
      ? []
      : [`It ended with ${again.fault ?? 'an output'}, then with ${fault ?? 'an output'}.`]),
    ...(again.fuel === receipt.fuel ? [] : [`It took ${again.fuel} of fuel, then ${receipt.fuel}.`]),
    ...(again.hostCalls === receipt.host_calls
      ? []
      : [`It made ${again.hostCalls} host calls, then ${receipt.host_calls}.`]),
  ];
  return {
    receiptId,
    overlayId: receipt.overlay_id,
    calls: runs.length,
    same: differences.length === 0,
    differences,
    output: again.value,
    fuel: again.fuel,
  };
}

/** @throws DomainError NOT_FOUND */
export async function readReceipt(ledger: Pick<LedgerReader, 'entries'>, receiptId: string): Promise<LedgerEntry> {
  const { items } = await ledger.entries({
    stream: receiptId,
    type: 'overlay.executed.v1',
    order: 'oldest',
    limit: 1,
    cursor: null,
  });
  const [entry] = items;
  if (entry !== undefined && entry.payload !== null) return entry;
  throw new DomainError('NOT_FOUND', 'There is no receipt with this id.', { id: receiptId });
}

async function assertCommittedTo(replica: Pick<Replica, 'history'>, { envelope }: LedgerEntry): Promise<void> {
  const [kept] = await replica.history(envelope.seq - 1, 1);
  const body = kept?.body ?? null;
  const salt = kept?.salt ?? null;
  const commitment = Buffer.from(envelope.payload_commitment, 'hex');
  if (body !== null && salt !== null && commitmentMatches(salt, JSON.parse(body) as JsonValue, commitment)) return;
  throw corrupt(envelope.entity_id, 'Its entry is not what the ledger committed to.');
}

function assertSameReceipt({ envelope, payload }: LedgerEntry, claimed: Readonly<Record<string, unknown>>): void {
  const { entity_id: id, seq, timestamp, actor, correlation_id } = envelope;
  const kept: Readonly<Record<string, unknown>> = { ...payload, id, seq, timestamp, actor, correlation_id };
  const differing = Object.entries(claimed).filter(([field, value]) => {
    return !Object.hasOwn(kept, field) || JSON.stringify(value) !== JSON.stringify(kept[field]);
  });
  if (differing.length === 0) return;
  const fields = differing.map(([field]) => field).join(', ');
  throw new DomainError('STATE_CONFLICT', `This receipt was changed: the ledger says otherwise in ${fields}.`, {
    fields: differing.map(([field]) => field),
  });
}

function unrepeatable(id: string, why: string): DomainError {
  return new DomainError('STATE_CONFLICT', `This receipt cannot be run again here: ${why}.`, { id });
}

function corrupt(id: string, what: string): DomainError {
  return new DomainError('STORE_CORRUPT', `${what} Run \`verify\` and take the store from a backup.`, { id });
}
