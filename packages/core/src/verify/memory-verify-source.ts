/** The memory engine's rows, for verification. @module */
import type { VerifySource } from './verify-source.js';
import { overlayRowOf } from './verify-overlays.js';
import { rowOf, seriesRowOf } from './verify-state.js';
import type { MemoryStore } from '../memory/memory-store.js';

export function memoryVerifySource({ ledger, state }: MemoryStore): VerifySource {
  return {
    entries: (fromSeq, limit) => ledger.entries.slice(fromSeq - 1, fromSeq - 1 + limit).map(({ at: _, ...row }) => row),
    checkpoint: () => ledger.checkpoint(),
    capsules: () => [...state.capsules.values()].map(rowOf),
    edges: () =>
      [...state.capsules.values()].flatMap((child) =>
        child.parents.map(({ parent, relation, reason, changes }, ordinal) => ({
          child: child.seq,
          ordinal,
          parent: parent.seq,
          relation,
          reason,
          changes,
        })),
      ),
    series: () => [...state.series.values()].map(seriesRowOf),
    archiveSpans: () =>
      [...state.series.values()].flatMap(({ id, archiveSpans }) =>
        archiveSpans.map(({ from, to }) => ({ seriesId: id, from, to })),
      ),
    overlays: () => state.overlays.all().map(overlayRowOf),
    tiles: () => ledger.fullTiles(),
  };
}
