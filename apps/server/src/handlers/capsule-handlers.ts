import {
  archiveCapsule,
  createCapsule,
  createCapsules,
  forkCapsule,
  renderLineageDot,
  standingReasons,
  revertCapsule,
  unarchiveCapsule,
  updateCapsule,
  type CapsuleReader,
} from '@forge-cascade/core';
import type { Handlers } from '../http/handlers.js';
import type { IfMatch } from '../http/read-headers.js';
import type { ServerParts } from '../http/server-parts.js';
import { headerBody } from '../wire/capsule-body.js';
import { createInput, forkInput, updateInput } from '../wire/capsule-input.js';
import { lineageBody } from '../wire/lineage-body.js';
import { present } from '../wire/present.js';
import { answered, created, writeAnswer } from './capsule-answers.js';
import { existing, noSuchCapsule } from './existing-capsule.js';
import { nearDuplicates } from './near-duplicates.js';

type CapsuleOperation =
  | 'createCapsule'
  | 'createCapsules'
  | 'getCapsule'
  | 'updateCapsule'
  | 'archiveCapsule'
  | 'unarchiveCapsule'
  | 'listVersions'
  | 'forkCapsule'
  | 'revertCapsule'
  | 'getLineage';

export function capsuleHandlers({ store, log }: ServerParts): Pick<Handlers, CapsuleOperation> {
  return {
    async createCapsule({ body, query, context }) {
      const outcome = await createCapsule(store, context, createInput(body));
      const answer = writeAnswer(outcome);
      if (answer.status !== 201 || query.check_duplicates === false) return answer;
      const found = await nearDuplicates({ store, log }, outcome.capsule, context.correlationId);
      return { ...answer, body: { ...answer.body, ...found } };
    },

    async createCapsules({ body, context }) {
      const outcomes = await createCapsules(store, context, body.items.map(createInput));
      const items = outcomes.map(({ capsule, result }) => ({ result, capsule: headerBody(capsule) }));
      return { status: outcomes.every(({ result }) => result === 'unchanged') ? 200 : 201, body: { items } };
    },

    async getCapsule({ params }) {
      return answered(await existing(store, params.id), params.id);
    },

    async updateCapsule({ params, body, ifMatch, context }) {
      const expected = await expectedHead(store, params.id, ifMatch);
      const { capsule } = await updateCapsule(store, context, params.id, expected, updateInput(body));
      return answered(capsule, params.id);
    },

    async archiveCapsule({ params, query, context }) {
      const { capsule } = await archiveCapsule(store, context, params.id, present(query));
      return answered(capsule, params.id);
    },

    async unarchiveCapsule({ params, body, context }) {
      const { capsule } = await unarchiveCapsule(store, context, params.id, present(body));
      return answered(capsule, params.id);
    },

    async listVersions({ params }) {
      const { seriesId } = await existing(store, params.id);
      const versions = await store.versions(seriesId);
      return { status: 200, body: { items: versions.map(headerBody) } };
    },

    async forkCapsule({ params, body, context }) {
      const { capsule } = await forkCapsule(store, context, params.id, forkInput(body));
      return created(capsule);
    },

    async revertCapsule({ params, body, ifMatch, context }) {
      const expected = await expectedHead(store, params.id, ifMatch);
      return writeAnswer(await revertCapsule(store, context, params.id, { ...present(body), ifMatch: expected }));
    },

    async getLineage({ params, query }) {
      const { id } = await existing(store, params.id);
      const graph = await store.lineage(id, query.direction, query.depth ?? null);
      if (!graph) throw noSuchCapsule();
      const reasons = await standingReasons(store, graph);
      return query.format === 'json'
        ? { status: 200, mediaType: 'application/json', body: lineageBody(graph, reasons) }
        : { status: 200, mediaType: 'text/vnd.graphviz', body: renderLineageDot(graph, reasons) };
    },
  };
}

/** The one head id that `If-Match` comes down to. An empty text matches no head. */
async function expectedHead(reader: CapsuleReader, ref: string, ifMatch: IfMatch | null): Promise<string | null> {
  if (ifMatch === null) return null;
  if (ifMatch.any) return '*';
  if (ifMatch.ids.length < 2) return ifMatch.ids[0] ?? '';
  const { headId } = await existing(reader, ref);
  return ifMatch.ids.includes(headId) ? headId : '';
}
