import type { SimilarCapsule } from '@forge-cascade/core';
import type { Handlers } from '../http/handlers.js';
import type { ServerParts } from '../http/server-parts.js';
import { headerBody } from '../wire/capsule-body.js';
import { capsuleFilter } from '../wire/capsule-input.js';
import { existing, noSuchCapsule } from './existing-capsule.js';

export function similarHandlers({ store }: ServerParts): Pick<Handlers, 'listSimilar'> {
  return {
    async listSimilar({ params, query }) {
      const { id } = await existing(store, params.id);
      const page = await store.similar({ id, filter: capsuleFilter(query), limit: query.limit });
      if (page === null) throw noSuchCapsule();
      return { status: 200, body: { items: page.items.map(similarBody), model: page.model } };
    },
  };
}

function similarBody({ capsule, score, passage }: SimilarCapsule) {
  const { text, start, end } = passage;
  return { capsule: headerBody(capsule), score, passage: { text, start, end } };
}
