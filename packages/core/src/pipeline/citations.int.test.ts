import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openMemoryStore, type MemoryStore } from '../memory/index.js';
import type { SearchRequest } from '../ports/search-reader.js';
import type { AnswerProvider } from './answer/answer-provider.js';
import { extractiveAnswers } from './answer/extractive.js';
import { NOTHING_FOUND } from './answer/nothing-found.js';
import { ask } from './ask.js';
import { askPorts } from './in-process.js';
import { happen, OWNER, quarantine, remember, request, retract } from './testing/known-memory.js';

const QUERY = 'Why was the blue ledger chosen?';
const REASON = 'The blue ledger was chosen because its ink survives water.';

let store: MemoryStore;

beforeEach(async () => {
  store = await openMemoryStore({ ownerId: OWNER.id });
});

afterEach(() => store.close());

describe('standing', () => {
  it.each([
    ['retracted', retract],
    ['quarantined', quarantine],
  ])('[PIP-14] a %s capsule is never cited', async (_, condemn) => {
    const capsule = await remember(store, REASON);
    expect((await ask(askPorts(store), request(), { query: QUERY })).citations).toHaveLength(1);
    await happen(store, condemn(capsule));
    expect((await ask(askPorts(store), request(), { query: QUERY })).answer).toBe(NOTHING_FOUND);
  });

  it('[PIP-14] nor one that is retracted while the answer is made: it is made again without it', async () => {
    const bad = await remember(store, REASON);
    const good = await remember(store, 'The blue ledger was chosen because the auditors asked for it.');
    let attempts = 0;
    const answerProvider: AnswerProvider = {
      model: 'interrupted',
      answer: async (asked, signal) => {
        const answer = await extractiveAnswers.answer(asked, signal);
        if (++attempts === 1) await happen(store, retract(bad));
        return answer;
      },
    };
    const result = await ask(askPorts(store, { answerProvider }), request(), { query: QUERY });
    expect(attempts).toBe(2);
    expect(result.citations.map(({ capsuleId }) => capsuleId)).toEqual([good.id]);
    expect(result.answer).not.toContain('ink');
  });

  it('[PIP-14] when every attempt loses its sources there is no answer', async () => {
    const capsules = [await remember(store, REASON), await remember(store, `${REASON} Twice.`, { title: 'Again' })];
    const answerProvider: AnswerProvider = {
      model: 'unlucky',
      answer: async ({ sources }) => {
        const source = sources[0];
        if (source === undefined) throw new Error('no source left');
        const record = capsules.find(({ id }) => id === source.capsule.id);
        if (record !== undefined) await happen(store, retract(record));
        return { text: `${REASON} [1]`, citations: [{ capsuleId: source.capsule.id, quote: REASON }] };
      },
    };
    await expect(ask(askPorts(store, { answerProvider }), request(), { query: QUERY })).rejects.toMatchObject({
      code: 'CONTENTION',
    });
  });

  it.each([
    ['fork', { tainted: true, warned: false }, /rests on a capsule that was retracted or quarantined/u],
    ['citation', { tainted: false, warned: true }, /cites, directly or not, a capsule/u],
  ] as const)(
    '[PIP-15] what rests on a retracted capsule by %s is cited with a warning',
    async (relation, standing, text) => {
      const root = await remember(store, 'An older note about something else entirely.');
      await remember(store, REASON, { derivedFrom: [{ id: root.id, relation }] });
      expect((await ask(askPorts(store), request(), { query: QUERY })).warnings).toEqual([]);
      await happen(store, retract(root));
      const result = await ask(askPorts(store), request(), { query: QUERY });
      expect(result.citations).toEqual([expect.objectContaining(standing)]);
      expect(result.warnings).toEqual([expect.stringMatching(text)]);
      expect(result.warnings[0]).toMatch(/^\[1\]/u);
    },
  );
});

describe('lineage of a citation', () => {
  it('[PIP-24] shows the nearest ancestors and the weakest link of the chain that carries trust', async () => {
    const cited = await remember(store, 'Cited only, much too weak to matter.', { title: 'Cited' });
    const weak = await remember(store, 'The oldest note of them all.', { title: 'Weak' });
    const chain = [weak];
    for (const title of ['Two', 'Three', 'Four', 'Five']) {
      const parent = chain.at(-1) ?? weak;
      chain.push(
        await remember(store, `Note ${title} on paper.`, { title, derivedFrom: [{ id: parent.id, relation: 'fork' }] }),
      );
    }
    const last = chain.at(-1) ?? weak;
    await remember(store, REASON, {
      derivedFrom: [
        { id: last.id, relation: 'summary' },
        { id: cited.id, relation: 'citation' },
      ],
    });
    for (const [capsule, to] of [
      [weak, 45],
      [cited, 41],
    ] as const) {
      await happen(store, {
        ...quarantine(capsule),
        operation: 'TRUST',
        payload: { ...quarantine(capsule).payload, to, cause: 'review' },
      } as ReturnType<typeof quarantine>);
    }
    const { citations } = await ask(askPorts(store), request(), { query: QUERY });
    expect(citations).toHaveLength(1);
    expect(citations[0]?.chainTrust).toBe(45);
    expect(citations[0]?.lineage).toMatchObject({
      more: true,
      weakest: { id: weak.id, title: 'Weak', trust: 45, depth: 5 },
    });
    expect(citations[0]?.lineage.ancestors.map(({ title }) => title).sort()).toEqual(['Cited', 'Five', 'Four']);
  });

  it('[PIP-24] a capsule without parents is its own weakest link', async () => {
    const capsule = await remember(store, REASON);
    const { citations } = await ask(askPorts(store), request(), { query: QUERY });
    expect(citations[0]?.lineage).toMatchObject({ ancestors: [], more: false, weakest: { id: capsule.id, depth: 0 } });
  });
});

describe('filters', () => {
  it('[PIP-16] bind every search, look-up and capsule that the lineage leads to', async () => {
    const old = await remember(store, 'ADR 7 describes the blue ledger.', {
      title: 'ADR 7: Ledgers',
      collection: 'in',
    });
    const outside = await remember(store, 'This record replaces ADR 7 with the green ledger.', {
      title: 'ADR 9: Green ledgers',
      collection: 'out',
      derivedFrom: [{ id: old.id, relation: 'fork' }],
    });
    const filters: SearchRequest['filter'][] = [];
    const ports = {
      ...askPorts(store),
      search: (search: SearchRequest) => {
        filters.push(search.filter);
        return store.search(search);
      },
    };
    const query = 'What replaced ADR 7?';
    const all = await ask(ports, request(), { query });
    expect(all.citations.map(({ capsuleId }) => capsuleId)).toContain(outside.id);
    filters.length = 0;
    const narrow = await ask(ports, request(), { query, collection: 'in', minTrust: 50, asOf: '2999-01-01T00:00:00Z' });
    expect(narrow.citations.map(({ capsuleId }) => capsuleId)).not.toContain(outside.id);
    expect(filters.length).toBeGreaterThan(1);
    for (const filter of filters) {
      expect(filter).toMatchObject({ minTrust: 50, asOf: '2999-01-01T00:00:00Z' });
      expect(filter.collection === 'in' || filter.collection?.startsWith('in/')).toBe(true);
    }
  });

  it('[PIP-16] a capsule newer than the moment asked about is not cited', async () => {
    await remember(store, REASON);
    const result = await ask(askPorts(store), request(), { query: QUERY, asOf: '2001-01-01T00:00:00Z' });
    expect(result.citations).toEqual([]);
  });
});

describe('other providers', () => {
  it.each([
    ['words of its own', 'The blue ledger was chosen because it is pretty.'],
    ['nothing', '  '],
  ])('[PIP-21] a provider that quotes %s is refused', async (_, quote) => {
    const capsule = await remember(store, REASON);
    const answerProvider: AnswerProvider = {
      model: 'inventive',
      answer: async () => ({ text: 'So it is. [1]', citations: [{ capsuleId: capsule.id, quote }] }),
    };
    await expect(ask(askPorts(store, { answerProvider }), request(), { query: QUERY })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      details: { capsule_id: capsule.id },
    });
  });
});
