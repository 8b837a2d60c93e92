/** The memory engine's {@link OverlayStore}. @module */
import { assertLimit, decodeCursor, encodeCursor } from '../ports/cursor.js';
import { assertHops, type OverlayRecording, type OverlayStore } from '../ports/overlay-store.js';
import type { OverlayRecord } from '../overlay/overlay-record.js';
import type { MemoryLedger } from './memory-ledger.js';
import { payloadOf } from './memory-ledger.js';
import type { MemoryState } from './memory-state.js';
import type { OverlayImage } from '../overlay/overlay-image.js';

/** @param open guards each call against a closed store. */
export function memoryOverlays(state: MemoryState, ledger: MemoryLedger, open: <T>(work: () => T) => T): OverlayStore {
  /** By receipt, in the order of keeping. */
  const recordings = new Map<string, OverlayRecording>();
  const record = ({ standing, activity }: OverlayImage): OverlayRecord => ({
    ...structuredClone(standing),
    activity,
    revision: state.revisions.get(standing.id) ?? 0,
  });
  return {
    all: async () => open(() => state.overlays.all().map(record)),
    one: async (id) =>
      open(() => {
        const overlay = state.overlays.get(id);
        return overlay === undefined ? null : record(overlay);
      }),
    receipts: async (id, limit, cursor) =>
      open(() => {
        assertLimit(limit, 500);
        const before =
          cursor === null ? Infinity : Number(decodeCursor('receipts', cursor, ['number'], { overlay: id })[0]);
        const seqs = (state.overlays.get(id)?.receipts ?? []).filter((seq) => seq < before).reverse();
        const page = seqs.slice(0, limit);
        const last = page.at(-1);
        return {
          items: page.flatMap((seq) => {
            const entry = ledger.entries[seq - 1];
            return entry === undefined ? [] : [{ envelope: { ...entry.envelope }, payload: payloadOf(entry) }];
          }),
          nextCursor:
            seqs.length > page.length && last !== undefined ? encodeCursor('receipts', [last], { overlay: id }) : null,
        };
      }),
    value: async (id, key) => open(() => structuredClone(state.overlays.get(id)?.values.get(key) ?? null)),
    valueCount: async (id) => open(() => state.overlays.get(id)?.values.size ?? 0),
    reach: async (id, hops) =>
      open(() => {
        assertHops(hops);
        return state.overlays.reach(id, hops);
      }),
    keepRecordings: async (kept, most) =>
      open(() => {
        for (const one of kept) if (!recordings.has(one.receiptId)) recordings.set(one.receiptId, { ...one });
        for (const id of new Set(kept.map(({ overlayId }) => overlayId))) {
          const own = [...recordings.values()].filter(({ overlayId }) => overlayId === id);
          for (const { receiptId } of own.slice(0, Math.max(0, own.length - most))) recordings.delete(receiptId);
        }
      }),
    recordings: async (instance, upTo) =>
      open(() =>
        [...recordings.values()]
          .filter((one) => one.instance === instance && one.ordinal <= upTo)
          .sort((a, b) => a.ordinal - b.ordinal)
          .map((one) => ({ ...one })),
      ),
  };
}
