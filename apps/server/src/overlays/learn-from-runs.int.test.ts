import { METRICS_TOPIC, type JsonObject, type MetricsSink, type RunMetrics } from '@forge-cascade/core';
import { aSystem, ScriptFault, type Script } from '@forge-cascade/core/contract';
import { describe, expect, it } from 'vitest';
import { learnFromRuns } from './learn-from-runs.js';

const metrics: RunMetrics = {
  correlation_id: 'c',
  user_id: 'u',
  provider: 'anthropic',
  model: 'm',
  tier: 'strong',
  cached: false,
  fallback_reason: null,
  phase_us: { intelligence: 2_345_600 },
  complexity: 0.7,
  priority: 'normal',
  citations: 1,
  analysers: [],
};

const learner: Script = {
  record: async (input, host) => {
    await host.call('db_write', { op: 'state.put', args: { key: 'last', value: input } });
    return null;
  },
};

async function given(script: Script = learner, active = true) {
  const system = await aSystem({ performance_optimizer: script });
  if (active) await system.add('performance_optimizer');
  const kept: string[] = [];
  const sink: MetricsSink = { record: async (id) => void kept.push(id) };
  const handle = learnFromRuns(sink, system.ports);
  const promise = async (changes: Partial<RunMetrics> = {}) => {
    const payload = JSON.stringify({ ...metrics, ...changes });
    await system.store.commit({
      actor: 'owner',
      correlationId: 'c',
      causationId: null,
      expect: [],
      claims: [],
      fence: null,
      events: [],
      outbox: [{ id: 'run-1', topic: METRICS_TOPIC, payload }],
      completes: null,
    });
    const [message] = await system.store.outbox.due(Date.now() + 1, 1);
    if (message === undefined) throw new Error('nothing was promised');
    return message;
  };
  const learnt = () => system.store.overlays.value('performance_optimizer', 'last');
  const runs = async () => (await system.store.overlays.one('performance_optimizer'))?.activity.runs ?? 0;
  return { handle, promise, learnt, runs, kept, system };
}

describe('learning from runs', () => {
  it('[OVL-26] tells the optimizer tier and time of an answer that a model made, once however often it is delivered', async () => {
    const { handle, promise, learnt, runs, kept, system } = await given();
    const message = await promise();
    expect(await handle(message)).toBe('completed');
    expect(await learnt()).toEqual({ tier: 'strong', milliseconds: 2_346 });
    await handle(message);
    expect(await runs()).toBe(1);
    expect(kept).toEqual(['run-1', 'run-1']);
    expect((await system.store.outbox.backlog()).pending).toBe(0);
  });

  it.each([
    ['found again', { cached: true }],
    ['quoted', { provider: 'extractive' }],
    ['made by a stand-in', { fallback_reason: 'timeout' }],
  ] as const)('[OVL-26] teaches nothing by an answer that was %s', async (_, changes) => {
    const { handle, promise, runs, kept } = await given();
    expect(await handle(await promise(changes))).toBe('no-effect');
    expect([await runs(), kept]).toEqual([0, ['run-1']]);
  });

  it('[OVL-26] keeps the figures where nobody learns, or learning fails', async () => {
    const absent = await given(learner, false);
    expect(await absent.handle(await absent.promise())).toBe('no-effect');
    expect(absent.kept).toEqual(['run-1']);
    const failing = await given({
      record: (): JsonObject => {
        throw new ScriptFault('trap');
      },
    });
    expect(await failing.handle(await failing.promise())).toBe('completed');
    expect(failing.kept).toEqual(['run-1']);
    expect(await failing.learnt()).toBeNull();
  });
});
