import type { BodyOf, Operations, SearchAnswerBody } from '@forge-cascade/api';
import { ask, DomainError, type AskInput, type SearchRequest } from '@forge-cascade/core';
import type { Handlers, StreamHandlers } from '../http/handlers.js';
import type { ServerParts } from '../http/server-parts.js';
import { headerBody } from '../wire/capsule-body.js';
import { capsuleFilter } from '../wire/capsule-input.js';
import { utc } from '../wire/moment.js';
import { present } from '../wire/present.js';
import { askBody, citationBody, searchBody } from '../wire/retrieval-body.js';
import { existing } from './existing-capsule.js';

type RetrievalOperation = 'listCapsules' | 'searchCapsules' | 'postSearch' | 'ask';

export function retrievalHandlers(parts: ServerParts): Pick<Handlers, RetrievalOperation> {
  const { store, searching, askPorts } = parts;
  const search = async (fields: BodyOf<Operations['postSearch']>) => {
    const missed = fields.why_not === undefined ? null : await existing(store, fields.why_not);
    const page = await searching.search({
      ...searchRequest(fields),
      ...(missed === null ? {} : { whyNot: missed.id }),
    });
    return { status: 200, body: searchBody(page, await embeddingsOf(parts)) } as const;
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
      return { status: 200, body: askBody(await ask(askPorts, context, askInput(body))) };
    },
  };
}

/** Whether meaning is looked at, and how much of the memory: words alone must not pass for a memory without a model. */
async function embeddingsOf({ store, embedder }: ServerParts): Promise<SearchAnswerBody['embeddings']> {
  const { serving, target, lag, failing } = embedder?.status() ?? NO_EMBEDDER;
  const model = serving ?? target;
  if (model === null && failing === null) return null;
  // A model that was never opened has counted nothing.
  return { model, lag: model === null ? (await store.status()).capsules : lag, failing };
}

const NO_EMBEDDER = { serving: null, target: null, lag: 0, failing: null };

export function retrievalStreams({ askPorts }: ServerParts): Pick<StreamHandlers, 'ask'> {
  return {
    async ask({ body, context }, sink) {
      const result = await ask(askPorts, context, askInput(body), {
        signal: sink.signal,
        phase(name, ms) {
          void sink.send('phase', { name, ms });
          // It follows security: what is refused was refused before.
          if (name === 'optimization') sink.open();
        },
        async citation(number, citation) {
          sink.open();
          await sink.send('citation', { number, citation: citationBody(citation) });
        },
        async delta(text) {
          sink.open();
          await sink.send('delta', { text });
        },
        restart: (reason) => sink.send('restart', { reason }),
      });
      await sink.send('done', askBody(result));
    },
  };
}

function askInput(body: BodyOf<Operations['ask']>): AskInput {
  return present({
    query: body.query,
    limit: body.limit,
    minTrust: body.min_trust,
    collection: body.collection,
    asOf: utc(body.as_of, 'as_of'),
    requiredTrust: body.required_trust,
    saveAsCapsule: body.save_as_capsule,
  });
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
