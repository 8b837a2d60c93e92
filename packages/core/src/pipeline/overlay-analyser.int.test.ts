import { createHash } from 'node:crypto';
import { canonicalize } from '../ledger/canonical-json.js';
import { describe, expect, it } from 'vitest';
import { aSystem, type GivenSystem } from '../contract/given-overlays.js';
import { ScriptFault, type Script } from '../contract/given-runner.js';
import type { JsonObject } from '../ledger/json.js';
import { ask } from './ask.js';
import type { AskPorts, PipelineParts } from './ask-ports.js';
import { CachedAnswers } from './cache/cached-answers.js';
import { FoundBefore } from './cache/found-before.js';
import { KnowledgeRevision } from './cache/knowledge-revision.js';
import { LruAnswerCache } from './cache/lru-answer-cache.js';
import { askPorts } from './in-process.js';
import { overlayAnalyser } from './overlay-analyser.js';
import { HandClock, remember, request } from './testing/known-memory.js';

const QUERY = 'Why was the blue ledger chosen?';

const guard: Script = {
  check_query: async (input, host) => {
    const threat = String((input as JsonObject)['query']).includes('DROP TABLE');
    await host.call('db_write', { op: 'state.put', args: { key: 'asked', value: true } });
    if (threat) await host.call('event_publish', { type: 'security_threat', payload: { kind: 'sql' } });
    return { threat_detected: threat, ...(threat ? { reason: 'sql' } : {}) };
  },
};
const gauge: Script = { analyse: () => ({ complexity_score: 0.9 }) };
const tuner: Script = { optimise: () => ({ llm_params: { temperature: 0.7, max_tokens: 2_000 } }) };
const broken: Script = {
  analyse: () => {
    throw new ScriptFault('out_of_fuel');
  },
};

async function given(scripts: Readonly<Record<string, Script>>, parts: Partial<PipelineParts> = {}) {
  const system = await aSystem(scripts);
  for (const id of Object.keys(scripts)) await system.add(id);
  await remember(system.store, 'The blue ledger was chosen because its ink survives water.');
  const analyser = (overlayId: string, handler: string) =>
    overlayId in scripts ? [overlayAnalyser(system.ports, { overlayId, handler })] : [];
  const analysers = {
    analysis: [...analyser('gauge', 'analyse'), ...analyser('broken', 'analyse')],
    security: analyser('guard', 'check_query'),
    optimization: analyser('tuner', 'optimise'),
  };
  return { system, ports: askPorts(system.store, { analysers, ...parts }) as AskPorts };
}

async function eventsOf({ store }: GivenSystem, correlationId: string): Promise<readonly string[]> {
  const { items } = await store.entries({ correlationId, order: 'oldest', limit: 50, cursor: null });
  return items.map(({ envelope }) => envelope.type);
}

describe('overlays in the pipeline', () => {
  it('[PIP-60] serve phases 2 to 4, and leave their receipts in the commit of the run', async () => {
    const { system, ports } = await given({ guard, gauge, tuner });
    const ctx = request();
    await ask(ports, ctx, { query: QUERY });
    const { items } = await system.store.entries({
      correlationId: ctx.correlationId,
      order: 'oldest',
      limit: 50,
      cursor: null,
    });
    expect(items.map(({ envelope }) => envelope.type).sort()).toEqual([
      'overlay.executed.v1',
      'overlay.executed.v1',
      'overlay.executed.v1',
      'overlay.state_kept.v1',
      'pipeline.executed.v1',
    ]);
    const run = items.find(({ envelope }) => envelope.type === 'pipeline.executed.v1');
    expect(run?.payload).toMatchObject({
      parameters: { temperature: 0.7, max_tokens: 2_000 },
      overlays: [
        { phase: 'analysis', name: 'gauge' },
        { phase: 'security', name: 'guard' },
        { phase: 'optimization', name: 'tuner' },
      ],
    });
    expect(new Set(items.map(({ envelope }) => envelope.timestamp)).size).toBe(1);
    // Whoever has the run's entry can tell that the receipts beside it are those it was made with.
    const receipts = items.filter(({ envelope }) => envelope.type === 'overlay.executed.v1');
    const named = (run?.payload as unknown as { receipts: readonly JsonObject[] }).receipts;
    expect(named).toHaveLength(3);
    for (const { envelope, payload } of receipts) {
      const { overlay_id, module_hash, fuel } = payload as JsonObject;
      const digest = createHash('sha256')
        .update(canonicalize(payload as JsonObject))
        .digest('hex');
      expect(named).toContainEqual({ id: envelope.entity_id, overlay_id, module_hash, fuel, sha256: digest });
    }
  });

  it('[PIP-61] record a refused request: the receipt stays, and the threat is told of', async () => {
    const { system, ports } = await given({ guard, gauge });
    const ctx = request();
    await expect(ask(ports, ctx, { query: "'; DROP TABLE capsules; --" })).rejects.toMatchObject({
      code: 'POLICY_DENIED',
    });
    await expect.poll(() => eventsOf(system, ctx.correlationId)).toContain('overlay.executed.v1');
    expect(await eventsOf(system, ctx.correlationId)).not.toContain('pipeline.executed.v1');
    const due = await system.store.outbox.due(Date.now() + 1, 50);
    expect(due.filter(({ topic }) => topic === 'cascade.publication').map(({ payload }) => payload)).toEqual(
      expect.arrayContaining([expect.stringContaining('security_threat')]),
    );
  });

  it('[PIP-62] that fail cost an analysis nothing but its report, and a security check everything', async () => {
    const { system, ports } = await given({ guard, broken });
    const ctx = request();
    const { answer } = await ask(ports, ctx, { query: QUERY });
    expect(answer).toContain('ink survives water');
    const { items } = await system.store.entries({
      type: 'pipeline.executed.v1',
      order: 'newest',
      limit: 1,
      cursor: null,
    });
    expect(items[0]?.payload).toMatchObject({ overlays: [{ name: 'broken', fallback: true }, { name: 'guard' }] });
    const failing = await given({ broken });
    const security = [overlayAnalyser(failing.system.ports, { overlayId: 'broken', handler: 'analyse' })];
    const denying = { ...failing.ports, analysers: { analysis: [], security, optimization: [] } };
    await expect(ask(denying, request(), { query: QUERY })).rejects.toMatchObject({ code: 'POLICY_DENIED' });
    const absent = [overlayAnalyser(failing.system.ports, { overlayId: 'nobody', handler: 'analyse' })];
    const without = { ...denying, analysers: { ...denying.analysers, security: absent } };
    await expect(ask(without, request(), { query: QUERY })).rejects.toMatchObject({ code: 'POLICY_DENIED' });
  });

  it('[PIP-63] whose writes rest on something that changed lose these, and the run is recorded all the same', async () => {
    const meddling: Script = {
      analyse: async (input, host) => {
        const reply = await host.call('db_write', {
          op: 'capsule.signal',
          args: { id: String(host.memory['id'] ?? (input as JsonObject)['about']), signal: 'helpful' },
        });
        return { complexity_score: 0.1, reply };
      },
    };
    const system = await aSystem({ guard, meddling });
    await system.add('guard');
    await system.add('meddling', {
      capabilities: ['DATABASE_READ', 'DATABASE_WRITE', 'CAPSULE_MODIFY'],
    });
    const capsule = await remember(system.store, 'The blue ledger was chosen because its ink survives water.');
    const commit = system.store.commit.bind(system.store);
    let meddled = 0;
    const ports = askPorts(system.store, {
      analysers: {
        analysis: [
          overlayAnalyser(system.ports, {
            overlayId: 'meddling',
            handler: 'analyse',
            inputOf: () => ({ about: capsule.id }),
          }),
        ],
        security: [overlayAnalyser(system.ports, { overlayId: 'guard', handler: 'check_query' })],
        optimization: [],
      },
    });
    const racing: AskPorts = {
      ...ports,
      commit: async (given) => {
        if (given.expect.length > 0) {
          meddled++;
          return { outcome: 'stale', stream: capsule.seriesId, revision: 99 };
        }
        return commit(given);
      },
    };
    const ctx = request();
    await ask(racing, ctx, { query: QUERY });
    expect(meddled).toBe(1);
    const events = await eventsOf(system, ctx.correlationId);
    expect(events.filter((type) => type === 'overlay.executed.v1')).toHaveLength(2);
    expect(events).toContain('pipeline.executed.v1');
    expect(events).not.toContain('capsule.trust_changed.v1');
  });

  it('[PIP-64] keep no question from being answered again from what was found before', async () => {
    const system = await aSystem({ guard, gauge, tuner });
    for (const id of ['guard', 'gauge', 'tuner']) await system.add(id);
    await remember(system.store, 'The blue ledger was chosen because its ink survives water.');
    const ports = askPorts(system.store, {
      analysers: {
        analysis: [overlayAnalyser(system.ports, { overlayId: 'gauge', handler: 'analyse' })],
        security: [overlayAnalyser(system.ports, { overlayId: 'guard', handler: 'check_query' })],
        optimization: [
          overlayAnalyser(system.ports, {
            overlayId: 'tuner',
            handler: 'optimise',
            reportOf: () => ({ cache_strategy: 'versions' }),
          }),
        ],
      },
      cachedAnswers: new CachedAnswers(new LruAnswerCache({ maxBytes: 1e6, maxAgeMs: 1e6, clock: new HandClock() })),
      foundBefore: new FoundBefore(new KnowledgeRevision(system.store), 1e6),
    });
    let searches = 0;
    const counting: AskPorts = {
      ...ports,
      search: (search) => {
        searches++;
        return system.store.search(search);
      },
    };
    await ask(counting, request(), { query: QUERY });
    const first = searches;
    expect((await ask(counting, request(), { query: QUERY })).cached).toBe(true);
    expect(searches).toBe(first);
  });
});
