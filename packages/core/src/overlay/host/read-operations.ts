/** What `db_read` can be asked for, under the overlay's own principal and the rules for anybody. @module */
import type { CapsuleFilter } from '../../ports/capsule-reader.js';
import type { JsonObject } from '../../ledger/json.js';
import { capsuleJson, headerJson, lineageJson } from './capsule-json.js';
import { HostRefusal, textField, wholeField } from './host-reply.js';
import type { HostOperation } from './host-session.js';

const DEFAULT_LIMIT = 10;
const MOST_FOUND = 100;
const DEEPEST = 64;

export const READ_OPERATIONS: Readonly<Record<string, HostOperation>> = {
  'capsule.get': async ({ ports }, args) => {
    const capsule = await ports.store.capsule(textField(args, 'id'));
    return capsule === null ? null : capsuleJson(capsule);
  },

  'capsule.search': async ({ ports }, args) => {
    const page = await ports.searching.search({
      query: textField(args, 'query'),
      filter: filterOf(args),
      limit: wholeField(args, 'limit', 1, MOST_FOUND) ?? DEFAULT_LIMIT,
      cursor: null,
      explain: false,
      includeContent: false,
    });
    const items = page.items.map(({ capsule, score, passage }) => ({
      capsule: headerJson(capsule),
      score,
      passage: { text: passage.text, start: passage.start, end: passage.end },
    }));
    return { items };
  },

  'capsule.lineage': async ({ ports }, args) => {
    const direction = textField(args, 'direction');
    if (direction !== 'ancestors' && direction !== 'descendants') {
      throw new HostRefusal('INVALID', 'direction must be ancestors or descendants.');
    }
    const capsule = await ports.store.capsule(textField(args, 'id'));
    const depth = wholeField(args, 'depth', 0, DEEPEST);
    const graph = capsule === null ? null : await ports.store.lineage(capsule.id, direction, depth);
    if (graph === null) throw new HostRefusal('NOT_FOUND', 'There is no capsule with this id.');
    return lineageJson(graph);
  },

  'capsule.similar': async ({ ports }, args) => {
    const capsule = await ports.store.capsule(textField(args, 'id'));
    const limit = wholeField(args, 'limit', 1, MOST_FOUND) ?? DEFAULT_LIMIT;
    const page = capsule === null ? null : await ports.store.similar({ id: capsule.id, filter: {}, limit });
    if (page === null) throw new HostRefusal('NOT_FOUND', 'There is no capsule with this id.');
    return { items: page.items.map((like) => ({ capsule: headerJson(like.capsule), score: like.score })) };
  },

  'state.get': async ({ ports, manifest, values }, args) => {
    const key = textField(args, 'key');
    const put = values.get(key);
    return put === undefined ? ports.store.overlays.value(manifest.id, key) : put;
  },
};

function filterOf(args: JsonObject): CapsuleFilter {
  const minTrust = wholeField(args, 'min_trust', 0, 100);
  return {
    ...(minTrust === null ? {} : { minTrust }),
    ...(args['tag'] === undefined ? {} : { tags: [textField(args, 'tag')] }),
    ...(args['collection'] === undefined ? {} : { collection: textField(args, 'collection') }),
  };
}
