/** How far an overlay's cascades reach. Pure. @module */
import type { ReachedOverlay } from '../ports/overlay-store.js';
import type { OverlayStanding } from './overlay-record.js';

/** What has been triggered by whom, however a store keeps it. */
export interface Triggers {
  /** Ids of the overlays that this one has triggered. */
  from(id: string): Iterable<string>;
  standing(id: string): Pick<OverlayStanding, 'name' | 'state'> | null;
}

/** Active ones within so many hops, the nearest first; the one asked about is not among them. */
export function reachedOverlays(triggers: Triggers, id: string, hops: number): ReachedOverlay[] {
  const distances = new Map([[id, 0]]);
  for (const [source, distance] of distances) {
    if (distance === hops) continue;
    for (const target of triggers.from(source)) {
      if (!distances.has(target)) distances.set(target, distance + 1);
    }
  }
  distances.delete(id);
  return [...distances]
    .flatMap(([reached, distance]) => {
      const standing = triggers.standing(reached);
      return standing?.state === 'ACTIVE' ? [{ id: reached, name: standing.name, hops: distance }] : [];
    })
    .sort((a, b) => a.hops - b.hops || (a.id < b.id ? -1 : 1));
}
