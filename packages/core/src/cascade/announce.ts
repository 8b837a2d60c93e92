/**
 * What the engine itself tells subscribers: that capsules were written. It is promised by the very commit that writes them,
 * and only while somebody subscribes to it.
 * @module
 */
import { capsuleNews } from '../overlay/capsule-news.js';
import { manifestOf } from '../overlay/decide-lifecycle.js';
import { matchesType } from '../overlay/manifest.js';
import { engineNews, publicationMessage } from '../overlay/publication.js';
import type { CommitPort } from '../ports/commit-port.js';
import type { OverlayStore } from '../ports/overlay-store.js';

/** What active overlays subscribe to, as this process knows it. Refresh it when overlays change, here or elsewhere. */
export class CascadeInterests {
  #patterns: readonly string[] = [];

  constructor(private readonly overlays: Pick<OverlayStore, 'all'>) {}

  async refresh(): Promise<void> {
    const all = await this.overlays.all();
    const active = all.filter(({ state, manifest }) => state === 'ACTIVE' && manifest !== null);
    this.#patterns = [
      ...new Set(active.flatMap((overlay) => manifestOf(overlay).subscriptions.map(({ type }) => type))),
    ];
  }

  include(type: string): boolean {
    return this.#patterns.some((pattern) => matchesType(pattern, type));
  }
}

/** Commits, and promises to tell of the capsules in it. Not for what overlays write: that carries their own cascade on. */
export function announcing(port: CommitPort, interests: Pick<CascadeInterests, 'include'>): CommitPort {
  return {
    commit: (request) => {
      const news = capsuleNews(request.events)
        .filter(({ type }) => interests.include(type))
        .map(({ type, payload }) => publicationMessage(engineNews(type, payload, request.correlationId)));
      return port.commit(news.length === 0 ? request : { ...request, outbox: [...request.outbox, ...news] });
    },
  };
}
