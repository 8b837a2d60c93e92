/**
 * Running one handler. The answer comes with what it leads to, decided but not committed: whoever asked commits that with
 * events of its own, or leaves it to {@link runOverlay}.
 * @module
 */
import { uuidv7 } from 'uuidv7';
import { earlierReceipts, idempotencyClaim, isIdempotencyClaim, type FollowUp } from '../commit/index.js';
import { DomainError } from '../errors.js';
import { event, type DomainEvent } from '../ledger/events.js';
import type { JsonValue } from '../ledger/json.js';
import { sealEvent } from '../ledger/seal.js';
import type { Claim, CommitResult, Expectation, OutboxMessage } from '../ports/commit-port.js';
import type { Principal, RequestContext } from '../principal.js';
import { capsuleNews, type CapsuleNews } from './capsule-news.js';
import { assertMayRun, assertNeedsMet, decideFailure } from './decide-lifecycle.js';
import { hostAnswers, type AnsweredCalls } from './host/answer-host-calls.js';
import { overlayPrincipal, type HostSession } from './host/host-session.js';
import { valueEvents } from './host/write-operations.js';
import { loadOverlay } from './load-overlay.js';
import type { OverlayManifest } from './manifest.js';
import type { OverlayPorts } from './overlay-ports.js';
import { isFailure, type OverlayRecord } from './overlay-record.js';
import {
  cascadeBeginning,
  engineNews,
  publicationMessage,
  type CascadePlace,
  type Publication,
} from './publication.js';
import { readOutput } from './read-output.js';
import { receiptOf, recordingOf, UNSTORABLE, type RunFacts } from './receipt.js';
import { isOverlayFault, type OverlayLogLine, type OverlayRun, type PreparedModule } from './runner.js';

export interface OverlayRequest {
  readonly overlayId: string;
  readonly handler: string;
  readonly input: JsonValue;
  /** Who runs it by hand; null when the system does. */
  readonly caller: Principal | null;
  readonly correlationId: string;
  /** Where in a cascade; the beginning of one when absent. */
  readonly place?: CascadePlace;
  readonly signal?: AbortSignal;
}

/** What must be committed for a run to have happened. */
export interface PendingWrites {
  readonly events: readonly DomainEvent[];
  /** Those of `events` that stand whatever becomes of the others: the receipt, and what was found of the overlay. */
  readonly record: readonly DomainEvent[];
  readonly expect: readonly Expectation[];
  readonly claims: readonly Claim[];
  readonly outbox: readonly OutboxMessage[];
}

export interface OverlayExecution {
  /** Of the run: names its receipt in the ledger once that is committed. */
  readonly receiptId: string;
  readonly overlay: OverlayRecord;
  readonly moduleHash: string;
  /** Null with a fault. */
  readonly output: JsonValue;
  readonly fault: { readonly code: string; readonly message: string } | null;
  readonly fuel: number;
  readonly hostCalls: number;
  readonly logs: readonly OverlayLogLine[];
  readonly instance: string | null;
  readonly ordinal: number | null;
  readonly pending: PendingWrites;
}

/**
 * @throws DomainError NOT_FOUND; STATE_CONFLICT unless it is active and trusted, and what it needs is active; POLICY_DENIED; INVALID_INPUT for a handler
 * that it does not export. What happens inside the run is no error but its `fault`.
 */
export async function executeOverlay(ports: OverlayPorts, request: OverlayRequest): Promise<OverlayExecution> {
  const overlay = await loadOverlay(ports.store, request.overlayId);
  const { manifest, prepared } = await ports.modules.of(overlay);
  assertMayRun(overlay, manifest, request.caller);
  if (manifest.dependencies.length > 0) assertNeedsMet(overlay, manifest, await ports.store.overlays.all());
  if (!manifest.exports.includes(request.handler)) {
    const message = `${overlay.id} has no handler ${request.handler}. It exports ${manifest.exports.join(', ')}.`;
    throw new DomainError('INVALID_INPUT', message, { field: 'handler' });
  }
  const session = sessionOf(ports, overlay, manifest, request);
  const { answers, answered } = hostAnswers(session);
  const input = JSON.stringify(request.input);
  const { value, ...ended } = await ports.turns.take(overlay.id, async () => {
    const end = await runModule(ports, overlay, { manifest, prepared }, { ...request, input }, answers);
    const { ordinal } = end;
    if (ordinal !== null && ordinal + 1 >= ports.settings.callsPerInstance) await ports.runner.discard(overlay.id);
    return end;
  });
  const writes = ended.fault === null ? writesOf(session) : NO_WRITES;
  const ran = writes === null ? { ...ended, fault: UNSTORABLE_FAULT } : ended;
  const facts: RunFacts = {
    receiptId: session.receiptId,
    overlayId: overlay.id,
    moduleHash: overlay.moduleHash,
    manifestHash: overlay.manifestHash ?? '',
    instrumenter: prepared.instrumenter,
    handler: request.handler,
    capabilities: manifest.capabilities,
    input,
    calls: answered.calls,
    ...ran,
    fault: ran.fault?.code ?? null,
  };
  const { event: receipt, recorded } = receiptOf(facts);
  const recording = recordingOf(facts, recorded);
  if (recording !== null) ports.recordings.keep(recording);
  return {
    receiptId: session.receiptId,
    overlay,
    moduleHash: overlay.moduleHash,
    output: ran.fault === null ? value : null,
    fault: ran.fault,
    fuel: ran.fuel,
    hostCalls: ran.hostCalls,
    logs: ran.logs,
    instance: ran.instance,
    ordinal: ran.ordinal,
    pending: pendingOf(ports, overlay, session, { receipt, answered, writes: writes ?? NO_WRITES, fault: facts.fault }),
  };
}

/**
 * Runs a handler and commits what it leads to.
 * @throws DomainError as {@link executeOverlay}; STATE_CONFLICT naming the receipt for a repeat under one idempotency key;
 * IDEMPOTENCY_MISMATCH; CONTENTION when what the overlay read has moved on meanwhile: nothing of the run
 * is written then.
 */
export async function runOverlay(
  ports: OverlayPorts,
  ctx: RequestContext,
  request: Pick<OverlayRequest, 'overlayId' | 'handler' | 'input' | 'signal'>,
): Promise<OverlayExecution> {
  const { principal, correlationId, causationId, idempotency } = ctx;
  const execution = await executeOverlay(ports, { ...request, caller: principal, correlationId });
  const writes = sealed(execution.pending);
  const receipts = [{ id: execution.receiptId, result: 'executed' }];
  const own = idempotency === null ? [] : [idempotencyClaim(ctx, idempotency, receipts)];
  const result = await ports.store.commit({
    actor: principal.id,
    correlationId,
    causationId,
    ...writes,
    claims: [...own, ...writes.claims],
    fence: null,
    completes: null,
  });
  if (result.outcome === 'claimed' && idempotency !== null && isIdempotencyClaim(result)) {
    const [first] = earlierReceipts(idempotency, result.holder);
    const message = 'This request has been carried out already; its receipt says how it went.';
    throw new DomainError('STATE_CONFLICT', message, { receipt_id: first?.id ?? null });
  }
  assertCommitted(result, execution);
  await afterCommit(ports, execution);
  return execution;
}

/** The pending writes as a commit takes them. */
export function sealed({ events, expect, claims, outbox }: PendingWrites) {
  return { events: events.map(sealEvent), expect, claims, outbox };
}

/** To be called once the writes are committed: an overlay that was just quarantined loses its memory. */
export async function afterCommit(ports: OverlayPorts, { overlay, pending }: OverlayExecution): Promise<void> {
  if (pending.events.some(({ type }) => type === 'overlay.state_changed.v1')) await ports.runner.discard(overlay.id);
}

/** @throws DomainError CONTENTION */
export function assertCommitted(result: CommitResult, { overlay, receiptId }: OverlayExecution): void {
  if (result.outcome === 'committed') return;
  const message = `What ${overlay.id} wrote rests on something that has changed meanwhile. Nothing was written; run it again.`;
  throw new DomainError('CONTENTION', message, { id: overlay.id, receipt_id: receiptId, outcome: result.outcome });
}

interface EndedRun {
  /** As the overlay wrote it. */
  readonly output: string | null;
  /** As it reads. */
  readonly value: JsonValue;
  readonly fault: { readonly code: string; readonly message: string } | null;
  readonly fuel: number;
  readonly hostCalls: number;
  readonly logs: readonly OverlayLogLine[];
  readonly instance: string | null;
  readonly ordinal: number | null;
}

async function runModule(
  { runner }: OverlayPorts,
  overlay: OverlayRecord,
  { manifest, prepared }: { readonly manifest: OverlayManifest; readonly prepared: PreparedModule },
  { handler, input, signal }: { readonly handler: string; readonly input: string; readonly signal?: AbortSignal },
  host: Parameters<typeof runner.run>[3]['host'],
): Promise<EndedRun> {
  const call = { handler, input, host, ...(signal === undefined ? {} : { signal }) };
  let run: OverlayRun;
  try {
    run = await runner.run(overlay.id, prepared, manifest, call);
  } catch (error) {
    if (!isOverlayFault(error)) throw error;
    return {
      output: null,
      value: null,
      fault: { code: error.code, message: error.message },
      fuel: error.fuel,
      hostCalls: error.hostCalls,
      logs: error.logs,
      instance: error.instance ?? null,
      ordinal: error.ordinal ?? null,
    };
  }
  const { output, fuel, hostCalls, logs, instance, ordinal } = run;
  const { output: value, fault } = readOutput(handler, output);
  return { output, value, fault, fuel, hostCalls, logs, instance, ordinal };
}

function sessionOf(
  ports: OverlayPorts,
  overlay: OverlayRecord,
  manifest: OverlayManifest,
  { correlationId, place, signal }: OverlayRequest,
): HostSession {
  return {
    ports,
    manifest,
    principal: overlayPrincipal(overlay.id, overlay.trust),
    receiptId: uuidv7(),
    correlationId,
    place: place ?? cascadeBeginning(ports.now()),
    signal: signal ?? null,
    writes: { events: [], expect: [], claims: [], followUps: [], publications: [] },
    values: new Map(),
    written: new Set(),
    published: 0,
  };
}

type Writes = Omit<PendingWrites, 'record'>;

/** A guest that ended in a fault has written nothing. */
const NO_WRITES: Writes = { events: [], expect: [], claims: [], outbox: [] };

const UNSTORABLE_FAULT = { code: UNSTORABLE, message: 'What the overlay asked to be written cannot be stored.' };

interface EndOfRun {
  readonly receipt: DomainEvent;
  readonly answered: AnsweredCalls;
  readonly writes: Writes;
  readonly fault: string | null;
}

function pendingOf(
  ports: OverlayPorts,
  overlay: OverlayRecord,
  session: HostSession,
  { receipt, answered, writes, fault }: EndOfRun,
): PendingWrites {
  const record = [receipt, ...answered.violations.map((violation) => violatedEvent(session, violation))];
  if (fault !== null) {
    const ended = isFailure(fault) ? decideFailure(overlay, fault, ports.settings.failuresInARow) : [];
    const events = [...record, ...ended];
    return { ...writes, events, record: events };
  }
  return { ...writes, events: [...record, ...writes.events], record };
}

/** What the guest asked to be written; null where it cannot be stored, whatever the checks of each call have missed. */
function writesOf(session: HostSession): Writes | null {
  const { events, expect, claims, followUps, publications } = session.writes;
  try {
    const written = [...events, ...valueEvents(session)];
    for (const one of written) sealEvent(one);
    // It carries the cascade on, or two overlays could feed each other for ever.
    const news = capsuleNews(written).map((told) => newsIn(session, told));
    const outbox = [
      ...followUps.map((work) => workMessage(work, session)),
      ...[...publications, ...news].map(publicationMessage),
    ];
    return { events: written, expect, claims, outbox };
  } catch {
    return null;
  }
}

function violatedEvent(
  { manifest, receiptId }: HostSession,
  { call, operation, violation }: AnsweredCalls['violations'][number],
): DomainEvent {
  return event(
    'overlay.violated.v1',
    'VIOLATE',
    { type: 'OverlayReceipt', id: receiptId },
    { overlay_id: manifest.id, call, operation, violation },
  );
}

function newsIn({ correlationId, place }: HostSession, { type, payload }: CapsuleNews): Publication {
  return engineNews(type, payload, correlationId, place);
}

function workMessage({ topic, payload }: FollowUp, { correlationId, receiptId }: HostSession): OutboxMessage {
  const text = JSON.stringify({ ...payload, correlation_id: correlationId, causation_id: receiptId });
  return { id: uuidv7(), topic, payload: text };
}
