import type { BodyOf, Operations } from '@forge-cascade/api';
import { ask, DomainError, type SearchRequest } from '@forge-cascade/core';
import type { Handlers } from '../http/handlers.js';
import type { ServerParts } from '../http/server-parts.js';
import { headerBody } from '../wire/capsule-body.js';
import { capsuleFilter } from '../wire/capsule-input.js';
import { utc } from '../wire/moment.js';
import { present } from '../wire/present.js';
import { askBody, searchBody } from '../wire/retrieval-body.js';

type RetrievalOperation = 'listCapsules' | 'searchCapsules' | 'postSearch' | 'ask';

export function retrievalHandlers({ store, searching, askPorts }: ServerParts): Pick<Handlers, RetrievalOperation> {
  const search = async (fields: BodyOf<Operations['postSearch']>) => {
    const page = await searching.search(searchRequest(fields));
    return { status: 200, body: searchBody(page) } as const;
  };
  return {
    async listCapsules({ query, context }) {
      if (query.key !== undefined) {
        onlyWithOwner(query);
        const [head] = await store.byKeys(query.owner ?? context.principal.id, [query.key]);
        return { status: 200, body: { items: head ? [headerBody(head)] : [], next_cursor: null } };
      }
      const page = await store.list(capsuleFilter(query), query.limit, query.cursor ?? null);
      return { status: 200, body: { items: page.items.map(headerBody), next_cursor: page.nextCursor } };
    },

    searchCapsules: ({ query }) => search(query),
    postSearch: ({ body }) => search(body),

    async ask({ body, context }) {
      const result = await ask(
        askPorts,
        context,
        present({
          query: body.query,
          limit: body.limit,
          minTrust: body.min_trust,
          collection: body.collection,
          asOf: utc(body.as_of, 'as_of'),
          requiredTrust: body.required_trust,
          saveAsCapsule: body.save_as_capsule,
        }),
      );
      return { status: 200, body: askBody(result) };
    },
  };
}

function searchRequest(fields: BodyOf<Operations['postSearch']>): SearchRequest {
  return {
    query: fields.q,
    filter: capsuleFilter(fields),
    limit: fields.limit,
    cursor: fields.cursor ?? null,
    explain: fields.explain ?? false,
    includeContent: fields.include === 'content',
  };
}

/** A key names one series, so there is nothing for other filters to narrow. */
function onlyWithOwner(query: object): void {
  for (const [field, value] of Object.entries(query)) {
    if (value !== undefined && !['key', 'owner', 'limit'].includes(field)) {
      throw new DomainError('INVALID_INPUT', `${field} cannot be combined with key.`, { field });
    }
  }
}
