/**
 * What the engine itself tells subscribers: that capsules were written. It is promised by the very commit that writes them,
 * and only while somebody subscribes to it.
 * @module
 */
import { capsuleNews } from '../overlay/execute-overlay.js';
import { MAX_PUBLISHED } from '../overlay/host/answer-host-calls.js';
import { manifestOf } from '../overlay/decide-lifecycle.js';
import { matchesType } from '../overlay/manifest.js';
import { engineNews, publicationMessage } from '../overlay/publication.js';
import type { JsonObject } from '../ledger/json.js';
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

/** More capsules than this in one commit are told of together: an import must not become a cascade for each of its sections. */
const TOLD_ONE_BY_ONE = 8;

/** What is told of capsules that were stored together. */
const STORED_TOGETHER = 'capsules.stored';

/** Ids in one telling: a subscriber may read each of them and publish something about each. */
const TOLD_TOGETHER = MAX_PUBLISHED;

/** Commits, and promises to tell of the capsules in it. Not for what overlays write: that carries their own cascade on. */
export function announcing(port: CommitPort, interests: Pick<CascadeInterests, 'include'>): CommitPort {
  return {
    commit: (request) => {
      const news = newsOf(request.events.flatMap((written) => capsuleNews(written) ?? []))
        .filter(({ type }) => interests.include(type))
        .map(({ type, payload }) => publicationMessage(engineNews(type, payload, request.correlationId)));
      return port.commit(news.length === 0 ? request : { ...request, outbox: [...request.outbox, ...news] });
    },
  };
}

interface News {
  readonly type: string;
  readonly payload: JsonObject;
}

function newsOf(written: readonly (News & { readonly payload: { readonly id: string } })[]): readonly News[] {
  if (written.length <= TOLD_ONE_BY_ONE) return written;
  const ids = written.map(({ payload }) => payload.id);
  return Array.from({ length: Math.ceil(ids.length / TOLD_TOGETHER) }, (_, i) => ({
    type: STORED_TOGETHER,
    payload: { ids: ids.slice(i * TOLD_TOGETHER, (i + 1) * TOLD_TOGETHER), together: ids.length },
  }));
}
