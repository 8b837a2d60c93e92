import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openMemoryStore, type MemoryStore } from '../memory/index.js';
import type { CommitRequest } from '../ports/commit-port.js';
import type { SearchRequest } from '../ports/search-reader.js';
import type { AnswerProvider } from './answer/answer-provider.js';
import { NOTHING_FOUND } from './answer/nothing-found.js';
import { ask } from './ask.js';
import type { AskPorts, PipelineParts } from './ask-ports.js';
import { askPorts, IN_PROCESS_PIPELINE } from './in-process.js';
import type { PhaseAnalyser } from './phase.js';
import { METRICS_TOPIC, STORAGE_TOPIC } from './run-record.js';
import { pipelineSettings } from './settings.js';
import { HandClock, OWNER, remember, request, settle } from './testing/known-memory.js';

const QUERY = 'Why was the blue ledger chosen?';
const REASON = 'The blue ledger was chosen because its ink survives water.';

let store: MemoryStore;

beforeEach(async () => {
  store = await openMemoryStore({ ownerId: OWNER.id });
  await remember(store, `${REASON} It costs more than the red one.`, { title: 'Choice of ledgers' });
});

afterEach(() => store.close());

const never = new Promise<never>(() => undefined);

function analysers(parts: Partial<PipelineParts['analysers']>): Partial<PipelineParts> {
  return { analysers: { ...IN_PROCESS_PIPELINE.analysers, ...parts } };
}

function analyser(name: string, run: PhaseAnalyser['run']): PhaseAnalyser {
  return { name, run };
}

const approving = analyser('approving', async () => ({ threat_detected: false }));

/** Ports that also tell what was committed. */
function watched(parts: Partial<PipelineParts> = {}): { readonly ports: AskPorts; readonly commits: CommitRequest[] } {
  const commits: CommitRequest[] = [];
  const ports = askPorts(store, parts);
  return {
    commits,
    ports: {
      ...ports,
      commit: (commit) => {
        commits.push(commit);
        return store.commit(commit);
      },
    },
  };
}

describe('phases', () => {
  it('[PIP-1] context, analysis and security run side by side; optimization waits for them, intelligence for it', async () => {
    const order: string[] = [];
    const open = new Map<string, () => void>();
    const gate = (name: string): Promise<void> =>
      new Promise((resolve) => {
        order.push(`${name} begins`);
        open.set(name, () => {
          order.push(`${name} ends`);
          resolve();
        });
      });
    const { ports } = watched({
      analysers: {
        analysis: [analyser('a', () => gate('analysis').then(() => ({})))],
        security: [analyser('s', () => gate('security').then(() => ({ threat_detected: false })))],
        optimization: [analyser('o', () => gate('optimization').then(() => ({})))],
      },
      answerProvider: { model: 'm', answer: () => gate('intelligence').then(() => ({ text: 'x', citations: [] })) },
    });
    const gated: AskPorts = {
      ...ports,
      search: async (search: SearchRequest) => {
        await gate('context');
        return store.search(search);
      },
    };
    const answer = ask(gated, request(), { query: QUERY });
    await settle();
    expect([...order].sort()).toEqual(['analysis begins', 'context begins', 'security begins']);
    open.get('security')?.();
    open.get('analysis')?.();
    await settle();
    expect(order).not.toContain('optimization begins');
    open.get('context')?.();
    await settle();
    expect(order.slice(-2)).toEqual(['context ends', 'optimization begins']);
    open.get('optimization')?.();
    await settle();
    expect(order.at(-1)).toBe('intelligence begins');
    open.get('intelligence')?.();
    await answer;
  });

  it.each([
    ['throws', analyser('a', () => Promise.reject(new Error('no')))],
    [
      'throws at once',
      analyser('a', () => {
        throw new Error('no');
      }),
    ],
  ])('[PIP-2] an analysis that %s costs a warning and is recorded as fallback', async (_, failing) => {
    const { ports, commits } = watched(analysers({ analysis: [failing] }));
    const result = await ask(ports, request(), { query: QUERY });
    expect(result.answer).toContain(REASON);
    expect(result.warnings).toContain('The request was answered without its full analysis.');
    expect(JSON.parse(commits[0]?.events[0]?.body ?? '')).toMatchObject({
      overlays: expect.arrayContaining([{ phase: 'analysis', name: 'a', fallback: true }]),
    });
  });

  it('[PIP-2] an analysis past its deadline falls back and keeps what others reported', async () => {
    const clock = new HandClock();
    const { ports, commits } = watched({
      ...analysers({
        analysis: [analyser('stalled', () => never), analyser('quick', async () => ({ complexity_score: 0.9 }))],
      }),
      clock,
    });
    const answer = ask(ports, request(), { query: QUERY });
    await settle();
    clock.move(ports.settings.deadlines.analysis);
    expect((await answer).answer).toContain(REASON);
    expect(JSON.parse(commits[0]?.events[0]?.body ?? '')).toMatchObject({
      parameters: { temperature: 0.7, max_tokens: 2000 },
      overlays: expect.arrayContaining([
        { phase: 'analysis', name: 'stalled', fallback: true },
        { phase: 'analysis', name: 'quick' },
      ]),
    });
  });

  it('[PIP-5] a failing context ends the run and aborts the other phases', async () => {
    const aborted: string[] = [];
    const waiting = (name: string): PhaseAnalyser =>
      analyser(name, (_, signal) => {
        signal.addEventListener('abort', () => aborted.push(name));
        return never;
      });
    const { ports, commits } = watched(analysers({ analysis: [waiting('analysis')], security: [waiting('security')] }));
    const failing = { ...ports, search: () => Promise.reject(new Error('index gone')) };
    await expect(ask(failing, request(), { query: QUERY })).rejects.toThrow('index gone');
    expect(aborted.sort()).toEqual(['analysis', 'security']);
    expect(commits).toEqual([]);
  });

  it('[PIP-6] a context past its deadline is UNAVAILABLE, naming phase and limit', async () => {
    const clock = new HandClock();
    const { ports } = watched({ clock, settings: pipelineSettings({ deadlines: { context: 70 } }) });
    const ctx = request();
    const answer = ask({ ...ports, search: () => never }, ctx, { query: QUERY });
    const refused = expect(answer).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      details: { phase: 'context', deadline_ms: 70, correlation_id: ctx.correlationId },
    });
    await settle();
    clock.move(69);
    await settle();
    clock.move(1);
    await refused;
    expect(clock.pending).toBe(0);
  });

  it('[PIP-6] a provider past its deadline is told to stop', async () => {
    const clock = new HandClock();
    let stopped = false;
    const answerProvider: AnswerProvider = {
      model: 'slow',
      answer: (_, signal) => {
        signal.addEventListener('abort', () => (stopped = true));
        return never;
      },
    };
    const { ports, commits } = watched({ clock, answerProvider });
    const answer = ask(ports, request(), { query: QUERY });
    const refused = expect(answer).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { phase: 'intelligence' } });
    await settle();
    clock.move(ports.settings.deadlines.intelligence);
    await refused;
    expect(stopped).toBe(true);
    expect(commits).toEqual([]);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    '[PIP-6] no phase is without a deadline: %d is refused',
    (ms) => {
      expect(() => pipelineSettings({ deadlines: { security: ms } })).toThrow(/positive/u);
    },
  );

  it('[PIP-20] hints that fail leave the defaults, and wild ones are bounded', async () => {
    const wild = analyser('wild', async () => ({
      llm_params: { temperature: 99, max_tokens: 1e12 },
      source_limit: -5,
    }));
    for (const [optimization, parameters] of [
      [[analyser('failing', () => Promise.reject(new Error('no')))], { temperature: 0.3, max_tokens: 1000 }],
      [[wild], { temperature: 2, max_tokens: 16_000 }],
    ] as const) {
      const { ports, commits } = watched(analysers({ optimization }));
      await ask(ports, request(), { query: QUERY });
      expect(JSON.parse(commits[0]?.events[0]?.body ?? '')).toMatchObject({ parameters });
    }
  });

  it('[PIP-25] timings come from the given clock: each phase its own, the total all of them', async () => {
    const clock = new HandClock();
    const after = (ms: number, report: object): PhaseAnalyser =>
      analyser(`after-${ms}`, () => clock.sleep(ms).then(() => report as never));
    const { ports } = watched({
      clock,
      analysers: {
        analysis: [after(80, {})],
        security: [after(10, { threat_detected: false })],
        optimization: [after(2, {})],
      },
      answerProvider: { model: 'm', answer: () => clock.sleep(100).then(() => ({ text: 'x', citations: [] })) },
    });
    const answer = ask(ports, request(), { query: QUERY });
    for (const step of [10, 70, 2, 100]) {
      await settle();
      await settle();
      clock.move(step);
    }
    const { timing } = await answer;
    expect(timing).toEqual({
      totalMs: 182,
      phases: { context: 0, analysis: 80, security: 10, optimization: 2, intelligence: 100, commit: 0 },
    });
  });
});

describe('security', () => {
  it.each([
    ['there is no validator', [], 'No security validator is installed'],
    ['a validator fails', [approving, analyser('v', () => Promise.reject(new Error('x')))], /v gave no verdict/u],
    ['a validator gives no verdict', [analyser('v', async () => ({ fine: true }))], /v gave no verdict/u],
    ['a validator gives nonsense', [analyser('v', async () => 'yes')], /v gave no verdict/u],
    [
      'one of several sees a threat',
      [approving, analyser('v', async () => ({ threat_detected: true, reason: 'sql_injection' }))],
      'Threat detected by v: sql_injection',
    ],
  ] as const)('[PIP-3] refuses when %s', async (_, security, reason) => {
    const { ports, commits } = watched(analysers({ security }));
    const ctx = request();
    await expect(ask(ports, ctx, { query: QUERY })).rejects.toMatchObject({
      code: 'POLICY_DENIED',
      details: {
        reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
        correlation_id: ctx.correlationId,
      },
    });
    expect(commits).toEqual([]);
  });

  it('[PIP-3] refuses when the assessment does not end in time', async () => {
    const clock = new HandClock();
    const { ports } = watched({ ...analysers({ security: [analyser('v', () => never)] }), clock });
    const refused = expect(ask(ports, request(), { query: QUERY })).rejects.toMatchObject({ code: 'POLICY_DENIED' });
    await settle();
    clock.move(ports.settings.deadlines.security);
    await refused;
  });

  it.each([
    [39, undefined, false],
    [40, undefined, true],
    [79, 80, false],
    [80, 80, true],
    [0, 0, true],
  ])('[PIP-3] trust %i against required %s', async (trust, requiredTrust, admitted) => {
    const ctx = request({ principal: { ...OWNER, trust } });
    const answer = ask(askPorts(store), ctx, {
      query: QUERY,
      ...(requiredTrust === undefined ? {} : { requiredTrust }),
    });
    if (admitted) await expect(answer).resolves.toMatchObject({ correlationId: ctx.correlationId });
    else await expect(answer).rejects.toMatchObject({ code: 'POLICY_DENIED' });
  });

  it('[PIP-4] a refusal does not wait for slower phases, aborts them and leaves no trace', async () => {
    let aborted = false;
    const stalled = analyser('stalled', (_, signal) => {
      signal.addEventListener('abort', () => (aborted = true));
      return never;
    });
    const refusing = analyser('v', async () => ({ threat_detected: true }));
    const { ports, commits } = watched(analysers({ analysis: [stalled], security: [refusing] }));
    await expect(ask({ ...ports, search: () => never }, request(), { query: QUERY })).rejects.toMatchObject({
      code: 'POLICY_DENIED',
    });
    expect(aborted).toBe(true);
    expect(commits).toEqual([]);
    expect(await store.outbox.backlog()).toMatchObject({ pending: 0 });
  });
});

describe('record', () => {
  it('[PIP-7] one commit holds the event and both orders, before the answer is given', async () => {
    const { ports, commits } = watched();
    const ctx = request();
    const result = await ask(ports, ctx, { query: QUERY, saveAsCapsule: true });
    expect(commits).toHaveLength(1);
    const [commit] = commits;
    expect(commit?.events.map(({ type, entityId, operation }) => [type, entityId, operation])).toEqual([
      ['pipeline.executed.v1', ctx.correlationId, 'PIPELINE_EXECUTE'],
    ]);
    expect(commit?.outbox.map(({ topic }) => topic)).toEqual([METRICS_TOPIC, STORAGE_TOPIC]);
    const { items } = await store.entries({ entityId: ctx.correlationId, order: 'oldest', limit: 10, cursor: null });
    expect(items.map(({ payload }) => payload)).toEqual([
      expect.objectContaining({
        query: QUERY,
        answer: result.answer,
        capsules: [...new Set(result.citations.map(({ capsuleId }) => capsuleId))],
        model: 'extractive-1',
        save_as_capsule: true,
      }),
    ]);
  });

  it('[PIP-7] what cannot be recorded is not answered', async () => {
    const { ports } = watched();
    const full = { ...ports, commit: () => Promise.reject(new Error('disk full')) };
    await expect(ask(full, request(), { query: QUERY })).rejects.toThrow('disk full');
  });

  it('[PIP-8] a repeated idempotency key is the same run: one event, one correlation id', async () => {
    const idempotency = { key: 'k1', request: { query: QUERY } };
    const first = await ask(askPorts(store), request({ idempotency }), { query: QUERY });
    const size = (await store.status()).ledgerSize;
    const again = await ask(askPorts(store), request({ idempotency }), { query: QUERY });
    expect(again.correlationId).toBe(first.correlationId);
    expect(again.answer).toBe(first.answer);
    expect((await store.status()).ledgerSize).toBe(size);
    const other = { key: 'k1', request: { query: 'Another?' } };
    await expect(ask(askPorts(store), request({ idempotency: other }), { query: 'Another?' })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
    });
  });

  it.each([
    ['an empty query', { query: ' \n' }],
    ['an endless query', { query: 'x'.repeat(4_001) }],
    ['half a surrogate pair', { query: 'a\ud800' }],
    ['NUL', { query: 'a\u0000b' }],
    ['no limit at all', { query: QUERY, limit: 0 }],
    ['a fraction', { query: QUERY, limit: 1.5 }],
    ['too many sources', { query: QUERY, limit: 51 }],
    ['negative trust', { query: QUERY, minTrust: -1 }],
    ['trust beyond 100', { query: QUERY, requiredTrust: 101 }],
    ['a time that is none', { query: QUERY, asOf: 'yesterday' }],
  ])('[PIP-23] refuses %s before any phase', async (_, input) => {
    let searched = false;
    const ports = {
      ...askPorts(store),
      search: async (search: SearchRequest) => {
        searched = true;
        return store.search(search);
      },
    };
    await expect(ask(ports, request(), input)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(searched).toBe(false);
  });

  it('[PIP-13] says in one sentence, citing nothing, that nothing was found', async () => {
    const result = await ask(askPorts(store), request(), { query: 'Which whale sings lowest?' });
    expect(result.answer).toBe(NOTHING_FOUND);
    expect(result.citations).toEqual([]);
  });
});
