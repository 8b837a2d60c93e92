/**
 * Overlays, receipts and cascades from the core to the wire.
 * @module
 */
import type {
  CascadeBody,
  Immutable,
  OverlayBody,
  OverlayDetailBody,
  OverlayRunBody,
  ReceiptBody,
  ReplayBody,
} from '@forge-cascade/api';
import {
  bandOf,
  type Cascade,
  type LedgerEntry,
  type OverlayExecution,
  type OverlayRecord,
  type ReceiptPayload,
  type Replay,
} from '@forge-cascade/core';

export function overlayBody(overlay: OverlayRecord): Immutable<OverlayBody> {
  return {
    id: overlay.id,
    name: overlay.name,
    version: overlay.version,
    state: overlay.state,
    reason: overlay.reason,
    trust_level: overlay.trust,
    trust_band: bandOf(overlay.trust),
    capabilities: overlay.capabilities,
    wasm_hash: overlay.moduleHash,
    manifest_hash: overlay.manifestHash,
    registered_at: overlay.registeredAt,
    changed_at: overlay.changedAt,
    activated_at: overlay.activatedAt,
  };
}

export function overlayDetailBody(overlay: OverlayRecord): Immutable<OverlayDetailBody> {
  return { ...overlayBody(overlay), manifest: overlay.manifest };
}

export function overlayRunBody(execution: OverlayExecution, correlationId: string): Immutable<OverlayRunBody> {
  return {
    receipt_id: execution.receiptId,
    output: execution.output,
    fault: execution.fault,
    fuel: execution.fuel,
    host_calls: execution.hostCalls,
    logs: execution.logs,
    correlation_id: correlationId,
  };
}

export function receiptBody({ envelope, payload }: LedgerEntry): Immutable<ReceiptBody> | null {
  // Nothing of a receipt is private, but the whole of a payload can be gone.
  if (payload === null) return null;
  const receipt = payload as unknown as ReceiptPayload;
  return {
    id: envelope.entity_id,
    seq: envelope.seq,
    timestamp: envelope.timestamp,
    actor: envelope.actor,
    correlation_id: envelope.correlation_id,
    overlay_id: receipt.overlay_id,
    module_hash: receipt.module_hash,
    manifest_hash: receipt.manifest_hash,
    instrumenter: receipt.instrumenter,
    handler: receipt.handler,
    input_commitment: receipt.input_commitment,
    output_commitment: receipt.output_commitment,
    host_commitment: receipt.host_commitment,
    fault: receipt.fault,
    fuel: receipt.fuel,
    host_calls: receipt.host_calls,
    capabilities: receipt.capabilities,
    instance: receipt.instance,
    ordinal: receipt.ordinal,
  };
}

export function replayBody(replay: Replay): Immutable<ReplayBody> {
  return {
    receipt_id: replay.receiptId,
    overlay_id: replay.overlayId,
    calls: replay.calls,
    same: replay.same,
    differences: replay.differences,
    output: replay.output,
    fuel: replay.fuel,
  };
}

export function cascadeBody(cascade: Cascade): Immutable<CascadeBody> {
  return {
    correlation_id: cascade.correlationId,
    hops: cascade.hops,
    depth: cascade.depth,
    cuts: cascade.cuts,
    steps: cascade.steps.map((step) => ({
      seq: step.seq,
      timestamp: step.at,
      source: step.source,
      target: step.target,
      handler: step.handler,
      type: step.type,
      hop: step.hop,
      published_by: step.publishedBy,
      receipt_id: step.receiptId,
      cut: step.cut,
      payload: step.payload,
    })),
    truncated: cascade.truncated,
  };
}
