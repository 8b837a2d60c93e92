import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CapsuleRecord } from '../capsule/capsule.js';
import { openMemoryStore, type MemoryStore } from '../memory/index.js';
import { extractiveAnswers } from './answer/extractive.js';
import { withFallback } from './answer/fallback.js';
import { FAILURE_REASONS, providerFailure } from './answer/text-model.js';
import { ask } from './ask.js';
import type { AskPorts, PipelineParts } from './ask-ports.js';
import { askPorts } from './in-process.js';
import { pipelineSettings } from './settings.js';
import { givenWriter, GivenFollower } from './testing/given-writer.js';
import { happen, HandClock, OWNER, quarantine, remember, request, settle } from './testing/known-memory.js';

const QUERY = 'Why was the blue ledger chosen?';
const REASON = 'The blue ledger was chosen because its ink survives water.';
const COST = 'The blue ledger costs more than the red one.';

let store: MemoryStore;
let capsule: CapsuleRecord;

beforeEach(async () => {
  store = await openMemoryStore({ ownerId: OWNER.id });
  capsule = await remember(store, `${REASON} ${COST}`, { title: 'Choice of ledgers' });
});

afterEach(() => store.close());

async function recorded(): Promise<readonly Record<string, unknown>[]> {
  const { items } = await store.entries({ type: 'pipeline.executed.v1', order: 'oldest', limit: 100, cursor: null });
  return items.map(({ payload }) => payload as Record<string, unknown>);
}

function portsWith(parts: Partial<PipelineParts>): AskPorts {
  return askPorts(store, parts);
}

describe('an answer that is followed', () => {
  it('[PIP-34] is heard as it is written: a citation before the text that refers to it, and together the answer', async () => {
    const heardBefore: string[] = [];
    const follower = new GivenFollower();
    const { provider } = givenWriter(async (_, __, take) => {
      await take?.(`${REASON} [1] `);
      heardBefore.push(...follower.kinds);
      await take?.(`${COST} [1] `);
      heardBefore.push(...follower.kinds);
      return `${REASON} [1] ${COST} [1] `;
    });
    const result = await ask(portsWith({ answerProvider: provider }), request(), { query: QUERY }, follower);
    // A sentence is read out when the next one has begun.
    expect(heardBefore.filter((kind) => kind === 'delta')).toHaveLength(1);
    expect(follower.text).toBe(result.answer);
    expect(follower.heard.filter(([kind]) => kind !== 'phase')).toEqual([
      ['citation', { number: 1, quote: REASON }],
      ['delta', `${REASON} [1]`],
      ['citation', { number: 2, quote: COST }],
      ['delta', ` ${COST} [2]`],
    ]);
    expect(follower.heard.filter(([kind]) => kind === 'phase').map(([, name]) => name)).toEqual(
      expect.arrayContaining(['context', 'analysis', 'security', 'optimization', 'intelligence']),
    );
  });

  it('[PIP-34] begins anew when the provider fails in the middle, and says why', async () => {
    const follower = new GivenFollower();
    const { provider } = givenWriter(async (_, __, take) => {
      await take?.(`${COST} [1] And then`);
      throw providerFailure('testing', 'unavailable');
    });
    const answerProvider = withFallback(provider, extractiveAnswers);
    const result = await ask(portsWith({ answerProvider }), request(), { query: QUERY }, follower);
    expect(follower.heard).toContainEqual(['restart', 'unavailable']);
    expect(follower.text).toBe(result.answer);
    expect(result).toMatchObject({ provider: 'extractive', fallback: { from: 'testing', reason: 'unavailable' } });
    expect(result.answer).toContain(REASON);
  });

  it('[PIP-34] [PIP-14] begins anew without a source that was withdrawn while it was read out', async () => {
    await remember(store, 'The red ledger was chosen for drafts because it is cheap.', { title: 'Drafts' });
    const follower = new GivenFollower();
    let withdrawn = false;
    const { provider } = givenWriter(async (order, _, take) => {
      const blue = order.prompt.user.includes(REASON);
      if (!blue) return 'The red ledger was chosen for drafts because it is cheap [1].';
      await take?.(`${REASON} It`);
      if (!withdrawn) await happen(store, quarantine(capsule));
      withdrawn = true;
      return `${REASON} It`;
    });
    const query = 'Why was the ledger chosen?';
    const result = await ask(portsWith({ answerProvider: provider }), request(), { query }, follower);
    expect(follower.heard).toContainEqual(['restart', 'source_withdrawn']);
    expect(result.answer).not.toContain('blue');
    expect(follower.text).toBe(result.answer);
  });

  it('[PIP-35] that came whole is read out only when it is on record', async () => {
    const follower = new GivenFollower();
    const ports = portsWith({ answerProvider: extractiveAnswers });
    const watching: AskPorts = {
      ...ports,
      commit: async (commit) => {
        expect(follower.kinds).not.toContain('delta');
        return ports.commit(commit);
      },
    };
    const result = await ask(watching, request(), { query: QUERY }, follower);
    expect(follower.text).toBe(result.answer);
    expect(follower.kinds).toContain('citation');
  });

  it('[PIP-35] [PIP-7] that cannot be recorded does not end well', async () => {
    const follower = new GivenFollower();
    const ports = portsWith({ answerProvider: extractiveAnswers });
    const full: AskPorts = { ...ports, commit: () => Promise.reject(new Error('disk full')) };
    await expect(ask(full, request(), { query: QUERY }, follower)).rejects.toThrow('disk full');
    expect(follower.text).toBe('');
  });

  it('[PIP-36] stops the provider when nobody follows any more, and [PIP-35] what was read out is on record', async () => {
    const follower = new GivenFollower();
    let stopped = false;
    const { provider } = givenWriter(async (_, signal, take) => {
      signal.addEventListener('abort', () => (stopped = true));
      await take?.(`${REASON} [1] And so on, and`);
      follower.leave();
      return new Promise<never>((__, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    });
    const answerProvider = withFallback(provider, extractiveAnswers);
    const ctx = request();
    await expect(ask(portsWith({ answerProvider }), ctx, { query: QUERY }, follower)).rejects.toThrow('left');
    expect(stopped).toBe(true);
    expect(await recorded()).toMatchObject([
      { answer: `${REASON} [1]`, capsules: [capsule.id], query: QUERY, parameters: { complete: false } },
    ]);
  });

  it('[PIP-36] leaves no trace when nothing was read out before it was left', async () => {
    const follower = new GivenFollower();
    const { provider } = givenWriter(async () => {
      follower.leave();
      return new Promise<never>(() => undefined);
    });
    await expect(ask(portsWith({ answerProvider: provider }), request(), { query: QUERY }, follower)).rejects.toThrow(
      'left',
    );
    expect(await recorded()).toEqual([]);
  });

  it('[PIP-35] records what was read out before a deadline ended it', async () => {
    const clock = new HandClock();
    const follower = new GivenFollower();
    const { provider } = givenWriter(async (_, __, take) => {
      await take?.(`${REASON} [1] And`);
      return new Promise<never>(() => undefined);
    });
    const ports = portsWith({ answerProvider: provider, clock, settings: pipelineSettings() });
    const refused = expect(ask(ports, request(), { query: QUERY }, follower)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await settle();
    await settle();
    clock.move(ports.settings.deadlines.intelligence);
    await refused;
    expect(await recorded()).toMatchObject([{ answer: `${REASON} [1]`, parameters: { complete: false } }]);
  });
});

describe('a provider that fails', () => {
  it.each(FAILURE_REASONS)('[PIP-33] for %s is stood in for, named in answer, warning and record', async (reason) => {
    const { provider } = givenWriter(() => Promise.reject(providerFailure('testing', reason)));
    const heard: string[] = [];
    const answerProvider = withFallback(provider, extractiveAnswers, (why) => heard.push(why));
    const result = await ask(portsWith({ answerProvider }), request(), { query: QUERY });
    expect(result).toMatchObject({
      answer: expect.stringContaining(REASON),
      provider: 'extractive',
      model: 'extractive-1',
      fallback: { from: 'testing', reason },
      sentences: expect.arrayContaining([{ text: REASON, citations: [1], supported: true }]),
    });
    expect(result.warnings.join(' ')).toMatch(/The answer provider testing .*quoted from the sources instead/u);
    expect(heard).toEqual([reason]);
    expect(await recorded()).toMatchObject([
      { model: 'extractive-1', parameters: { provider: 'extractive', fallback: { from: 'testing', reason } } },
    ]);
  });

  it('[PIP-33] ends the run with provider and reason when nothing may stand in', async () => {
    const { provider } = givenWriter(() => Promise.reject(providerFailure('testing', 'quota')));
    await expect(ask(portsWith({ answerProvider: provider }), request(), { query: QUERY })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      details: { provider: 'testing', reason: 'quota' },
    });
    expect(await recorded()).toEqual([]);
  });

  it('[PIP-33] is not stood in for when what failed is not the provider', async () => {
    const { provider } = givenWriter(() => Promise.reject(new Error('a fault of ours')));
    const answerProvider = withFallback(provider, extractiveAnswers);
    await expect(ask(portsWith({ answerProvider }), request(), { query: QUERY })).rejects.toThrow('a fault of ours');
  });
});

describe('a written answer', () => {
  it('[PIP-31] warns of sentences that nothing supports, and the record counts them', async () => {
    const { provider } = givenWriter(async () => `${REASON} [1] It was bound in dragon leather [1].`);
    const result = await ask(portsWith({ answerProvider: provider }), request(), { query: QUERY });
    expect(result.sentences.map(({ supported }) => supported)).toEqual([true, false]);
    expect(result.warnings).toContainEqual(expect.stringMatching(/^1 of 2 sentences/u));
    expect(await recorded()).toMatchObject([{ parameters: { unsupported_sentences: 1, complete: true } }]);
  });

  it.each([
    ['simple', 'Why blue?', 60, 'fast'],
    [
      'many-sided, from anyone',
      'Why was the blue ledger chosen, who chose it, and how does it compare to red?',
      60,
      'fast',
    ],
    [
      'many-sided, from someone first',
      'Why was the blue ledger chosen, who chose it, and how does it compare to red?',
      100,
      'strong',
    ],
    [
      'hard',
      `Why was the blue ledger chosen and who decided it, and how does it compare with the red ledger, but also what are the consequences ` +
        `for the archives, because drafts, letters, receipts and contracts differ in paper, size, age and binding, and either might be moved?`,
      60,
      'strong',
    ],
  ])(
    '[PIP-42] to a %s question comes from the model for it, and the record names it',
    async (_, query, trust, tier) => {
      const { provider, orders } = givenWriter(async () => `${REASON} [1]`);
      const ctx = request({ principal: { ...OWNER, trust } });
      const result = await ask(portsWith({ answerProvider: provider }), ctx, { query });
      expect(orders.map((order) => order.tier)).toEqual([tier]);
      expect(result.model).toBe(`model-${tier}`);
      expect(await recorded()).toMatchObject([{ model: `model-${tier}`, parameters: { tier, provider: 'testing' } }]);
    },
  );
});
