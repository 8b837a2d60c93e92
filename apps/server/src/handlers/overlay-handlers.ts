import {
  checkHealth,
  disableOverlay,
  DomainError,
  enableOverlay,
  installOverlay,
  loadOverlay,
  readCascade,
  readReceipt,
  replayReceipt,
  runOverlay,
  type JsonObject,
  type JsonValue,
  type OverlayPorts,
} from '@forge-cascade/core';
import type { Handlers } from '../http/handlers.js';
import type { ServerParts } from '../http/server-parts.js';
import {
  cascadeBody,
  overlayBody,
  overlayDetailBody,
  overlayRunBody,
  receiptBody,
  replayBody,
} from '../wire/overlay-body.js';
import { present } from '../wire/present.js';

type OverlayOperation =
  | 'listOverlays'
  | 'installOverlay'
  | 'getOverlay'
  | 'enableOverlay'
  | 'disableOverlay'
  | 'runOverlay'
  | 'getOverlayHealth'
  | 'getOverlayMetrics'
  | 'listOverlayReceipts'
  | 'getOverlayReach'
  | 'replayReceipt'
  | 'getCascade';

export function overlayHandlers({ store, overlays, overlaysChanged }: ServerParts): Pick<Handlers, OverlayOperation> {
  /** What is unknown is unknown also where nothing can run. */
  const running = async (id: string | null): Promise<OverlayPorts> => {
    if (id !== null) await loadOverlay(store, id);
    if (overlays !== null) return overlays;
    throw new DomainError('UNAVAILABLE', 'This server runs no overlays. Ask one that does.');
  };
  return {
    async listOverlays() {
      return { status: 200, body: { items: (await store.overlays.all()).map(overlayBody) } };
    },

    async installOverlay({ body, context }) {
      const { overlay, result } = await installOverlay(
        await running(null),
        context,
        present({
          manifest: body.manifest as JsonObject,
          module: new Uint8Array(Buffer.from(body.module, 'base64')),
          trust: body.trust_level,
          allowDowngrade: body.allow_downgrade,
        }),
      );
      await overlaysChanged();
      return { status: result === 'installed' ? 201 : 200, body: overlayDetailBody(overlay) };
    },

    async getOverlay({ params }) {
      return { status: 200, body: overlayDetailBody(await loadOverlay(store, params.id)) };
    },

    async enableOverlay({ params, context }) {
      const overlay = await enableOverlay(await running(params.id), context, params.id);
      await overlaysChanged();
      return { status: 200, body: overlayDetailBody(overlay) };
    },

    async disableOverlay({ params, body, context }) {
      const overlay = await disableOverlay(await running(params.id), context, params.id, body.reason ?? null);
      await overlaysChanged();
      return { status: 200, body: overlayDetailBody(overlay) };
    },

    async runOverlay({ params, body, context }) {
      const input = (body.input ?? null) as JsonValue;
      const request = { overlayId: params.id, handler: body.handler, input };
      const execution = await runOverlay(await running(params.id), context, request);
      return { status: 200, body: overlayRunBody(execution, context.correlationId) };
    },

    async getOverlayHealth({ params, context }) {
      return { status: 200, body: await checkHealth(await running(params.id), context, params.id) };
    },

    async getOverlayMetrics({ params }) {
      const { activity } = await loadOverlay(store, params.id);
      return {
        status: 200,
        body: {
          runs: activity.runs,
          faults: activity.faults,
          failures_in_a_row: activity.failuresInARow,
          violations: activity.violations,
          fuel: activity.fuel,
          host_calls: activity.hostCalls,
          last_run_at: activity.lastRunAt,
          last_fault: activity.lastFault,
        },
      };
    },

    async listOverlayReceipts({ params, query }) {
      await loadOverlay(store, params.id);
      const page = await store.overlays.receipts(params.id, query.limit, query.cursor ?? null);
      return {
        status: 200,
        body: { items: page.items.flatMap((entry) => receiptBody(entry) ?? []), next_cursor: page.nextCursor },
      };
    },

    async getOverlayReach({ params, query }) {
      await loadOverlay(store, params.id);
      return { status: 200, body: { items: await store.overlays.reach(params.id, query.hops) } };
    },

    async replayReceipt({ params, body }) {
      const input = present({ receiptId: params.id, receipt: body.receipt });
      const ports = overlays ?? (await withoutRunner(store, params.id));
      return { status: 200, body: replayBody(await replayReceipt({ ...ports, replica: store.replica }, input)) };
    },

    async getCascade({ params }) {
      return { status: 200, body: cascadeBody(await readCascade(store, params.id)) };
    },
  };
}

/** @throws DomainError NOT_FOUND for an unknown receipt, otherwise UNAVAILABLE. */
async function withoutRunner(store: ServerParts['store'], receiptId: string): Promise<never> {
  await readReceipt(store, receiptId);
  throw new DomainError('UNAVAILABLE', 'This server runs no overlays. Ask one that does.');
}
