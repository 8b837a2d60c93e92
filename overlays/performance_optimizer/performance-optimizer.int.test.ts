import { fileURLToPath } from 'node:url';
import { MemoryHost, openOverlay } from '@forge-cascade/overlay-sdk/testing';
import { describe, expect, it } from 'vitest';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const CONFIG = { strong_target_ms: 1_000, least_samples: 4, guarded_requests: 3 };

const open = (host = new MemoryHost({ config: CONFIG })) => openOverlay(FOLDER, host.answer);

const request = (complexity: number | null, trust = 60, found = 12, asOf: string | null = null) => ({
  query: 'Why?',
  as_of: asOf,
  analysis: complexity === null ? null : { complexity_score: complexity },
  security: { trust_level: trust },
  context: { found },
});

describe('performance_optimizer', () => {
  it.each([
    [request(0.2), { temperature: 0.3, max_tokens: 1_000 }, 'fast', 'normal', 12],
    [request(0.2, 60, 90), { temperature: 0.3, max_tokens: 1_000 }, 'fast', 'normal', 40],
    [request(0.6, 60, 90), { temperature: 0.3, max_tokens: 2_000 }, 'strong', 'normal', 90],
    [request(0.8), { temperature: 0.7, max_tokens: 2_000 }, 'strong', 'normal', 12],
    [request(0.4), { temperature: 0.3, max_tokens: 1_000 }, 'fast', 'normal', 12],
    [request(0.4, 80), { temperature: 0.3, max_tokens: 1_000 }, 'strong', 'high', 12],
    [request(null, 0, 0), { temperature: 0.3, max_tokens: 1_000 }, 'fast', 'normal', 1],
  ])('[OPO-1] turns complexity, trust and sources into how the answer is made, %#', async (input, params, ...rest) => {
    const [tier, priority, sources] = rest;
    expect((await open()).run('optimize', input)).toEqual({
      llm_params: params,
      model_tier: tier,
      priority,
      cache_strategy: 'versions',
      source_limit: sources,
      guard: 0,
    });
  });

  it('[OPO-1] keeps no answer from the past, and calls nothing to decide', async () => {
    const overlay = await open();
    const made = overlay.calls.length;
    expect(overlay.run('optimize', request(0.2, 60, 12, '2026-01-01'))).toMatchObject({ cache_strategy: 'none' });
    expect(overlay.run('optimize', {})).toMatchObject({ model_tier: 'fast', cache_strategy: 'versions' });
    expect(overlay.calls).toHaveLength(made);
  });

  it('[OPO-2] asks a strong model that takes too long less, but never of whoever has priority', async () => {
    const overlay = await open();
    const tierOf = (complexity: number, trust = 60) =>
      (overlay.run('optimize', request(complexity, trust)) as { model_tier: string }).model_tier;
    expect(tierOf(0.6)).toBe('strong');
    for (let i = 0; i < 4; i++) overlay.run('record', { tier: 'strong', milliseconds: 3_000 });
    expect([tierOf(0.6), tierOf(0.7), tierOf(0.4, 80)]).toEqual(['fast', 'strong', 'strong']);
    for (let i = 0; i < 100; i++) overlay.run('record', { tier: 'strong', milliseconds: 200 });
    expect(tierOf(0.6)).toBe('strong');
  });

  it('[OPO-2] gives more tokens where many answers ran out of them, within bounds', async () => {
    const overlay = await open();
    for (let i = 0; i < 8; i++) overlay.run('record', { tier: 'fast', milliseconds: 100, cut: i % 2 === 0 });
    const { llm_params: params } = overlay.run('optimize', request(0.2)) as { llm_params: { max_tokens: number } };
    expect(params.max_tokens).toBe(1_500);
    for (let i = 0; i < 200; i++) overlay.run('record', { tier: 'strong', milliseconds: 100, cut: true });
    expect(overlay.run('optimize', request(0.8))).toMatchObject({ llm_params: { max_tokens: 4_000 } });
  });

  it.each([
    [{ tier: 'x', milliseconds: 3_000 }, '`tier`'],
    [{ milliseconds: 3_000 }, '`tier`'],
    [{ tier: 'strong' }, '`milliseconds`'],
    [{ tier: 'strong', milliseconds: '3000' }, '`milliseconds`'],
    [{ tier: 'strong', milliseconds: -1 }, '`milliseconds`'],
    [{ tier: 'strong', milliseconds: 3_000, cut: 1 }, '`cut`'],
  ])('[OPO-5] refuses a timing that it cannot read, and counts it for nothing, %#', async (input, field) => {
    const overlay = await open();
    expect(overlay.run('record', input)).toEqual({
      error: { code: 'INVALID', message: expect.stringContaining(field) as string },
    });
    const none = { samples: 0 };
    const known = overlay.run('record', { tier: 'strong', milliseconds: 1 });
    expect(known).toMatchObject({ fast: none, strong: { samples: 1 } });
  });

  it('[OPO-3] remembers in another instance what it learnt', async () => {
    const host = new MemoryHost({ config: CONFIG });
    const overlay = await open(host);
    for (let i = 0; i < 16; i++) overlay.run('record', { tier: 'strong', milliseconds: 3_000 });
    expect(host.state.get('learnt')).toMatchObject({ strong: { samples: 16, mean_ms: 3_000 }, shift: 0.15 });
    expect((await open(host)).run('optimize', request(0.6))).toMatchObject({ model_tier: 'fast' });
  });

  it('[OPO-4] guards requests for a while when the model was updated, and publishes optimization_applied', async () => {
    const host = new MemoryHost({ config: CONFIG });
    const overlay = await open(host);
    const payload = { model: 'anomaly', threat_level: 'high', threats: { sql_injection: 1 } };
    const event = { type: 'model_updated', payload, source: 'ml_intelligence', correlation_id: 'c', hops: 1 };
    expect(overlay.run('on_model_updated', event)).toEqual({ guard: 1, published: true });
    expect(host.events).toEqual([
      {
        type: 'optimization_applied',
        payload: {
          optimization: 'validation_resources',
          from: 0,
          to: 1,
          requests: 3,
          because: 'model_updated',
          ...payload,
        },
      },
    ]);
    const temperatures = [1, 2, 3, 4].map(() => overlay.run('optimize', request(0.8)));
    expect(temperatures.map((hints) => (hints as { guard: number }).guard)).toEqual([1, 1, 1, 0]);
    expect(temperatures).toMatchObject([
      { llm_params: { temperature: 0.3 } },
      { llm_params: { temperature: 0.3 } },
      { llm_params: { temperature: 0.3 } },
      { llm_params: { temperature: 0.7 } },
    ]);
  });
});
