import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { analyseRequest, type JsonObject } from '@forge-cascade/core';
import { buildOverlay, readBuilt } from '@forge-cascade/overlay-sdk';
import { OverlayInstance, refusal, type HostAnswer } from '@forge-cascade/overlay-sdk/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { areaUnderCurve, rankCorrelation } from './testing/rank-measures.js';

interface ReferenceCase {
  readonly name: string;
  readonly rows: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly scores: readonly number[];
}

interface Scored {
  readonly scores: readonly number[];
  readonly anomalies: readonly number[];
  readonly threshold: number;
}

interface Observed {
  readonly is_anomaly: boolean;
  readonly score: number;
  readonly trained: boolean;
}

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
const { cases } = JSON.parse(read('testdata/reference.json')) as { readonly cases: readonly ReferenceCase[] };
const questions = read('../security_validator/labelled/tuning.jsonl')
  .trim()
  .split('\n')
  .map((line) => (JSON.parse(line) as { readonly text: string }).text);

let built: Awaited<ReturnType<typeof readBuilt>>;
beforeAll(async () => {
  built = await readBuilt((await buildOverlay(fileURLToPath(new URL('.', import.meta.url)))).folder);
});

const instance = (answer?: HostAnswer): OverlayInstance => new OverlayInstance(built.wasm, built.manifest, answer);

const THREAT = {
  type: 'security_threat',
  source: 'security_validator',
  correlation_id: 'c',
  hops: 1,
  payload: { threat_level: 'critical', threats: [{ kind: 'sql_injection', rule: 'union' }] },
};

describe('ml intelligence', () => {
  it('[OMI-1] gives a request the complexity and the patterns that the pipeline gives it', async () => {
    const overlay = instance();
    let same = 0;
    let equal = 0;
    for (const query of questions) {
      const expected = analyseRequest(query);
      const report = overlay.run('analyze', { query }) as JsonObject;
      expect(
        Math.abs((report['complexity_score'] as number) - (expected['complexity_score'] as number)),
      ).toBeLessThanOrEqual(0.05);
      if (JSON.stringify(report['patterns']) === JSON.stringify(expected['patterns'])) same++;
      if (report['complexity_score'] === expected['complexity_score']) equal++;
      expect(report['words']).toBe(expected['words']);
    }
    expect(same / questions.length).toBeGreaterThan(0.95);
    expect(equal / questions.length).toBeGreaterThan(0.95);
  });

  it('[OMI-1] any text has a complexity between 0 and 1', () => {
    const overlay = instance();
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const { complexity_score: score } = overlay.run('analyze', {
          data: { query: text.toWellFormed() },
        }) as JsonObject;
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
      }),
    );
  });

  it.each(cases)('[OMI-2] ranks the metrics of $name as scikit-learn does', ({ rows, labels, scores }) => {
    const scored = instance().run('detect_anomaly', { rows }) as Scored;
    expect(rankCorrelation(scored.scores, scores)).toBeGreaterThanOrEqual(0.9);
    expect(Math.abs(areaUnderCurve(scored.scores, labels) - areaUnderCurve(scores, labels))).toBeLessThanOrEqual(0.03);
  });

  it('[OMI-2] the same rows and seed have the same scores, another seed others', () => {
    const rows = cases[1]?.rows ?? [];
    const [first, again] = [instance(), instance()].map((overlay) => overlay.run('detect_anomaly', { rows, seed: 5 }));
    expect(again).toEqual(first);
    expect(instance().run('detect_anomaly', { rows, seed: 6 })).not.toEqual(first);
  });

  it('[OMI-3] tells an observation that is unlike those before it, and publishes that', () => {
    const overlay = instance();
    const rows = cases[0]?.rows ?? [];
    const labels = cases[0]?.labels ?? [];
    const names = ['latency', 'load', 'error_rate', 'queue', 'hits'];
    const observe = (row: readonly number[]): Observed =>
      overlay.run('detect_anomaly', {
        metrics: Object.fromEntries(names.map((name, index) => [name, row[index] ?? 0])),
      }) as Observed;
    const usual = rows.filter((_, index) => labels[index] === 0).slice(0, 400);
    const reports = usual.map(observe);
    expect(reports.slice(0, 32).some(({ trained }) => trained)).toBe(false);
    expect(reports.slice(32).every(({ trained }) => trained)).toBe(true);
    expect(reports.filter(({ is_anomaly }) => is_anomaly).length).toBeLessThan(usual.length * 0.05);
    overlay.calls.length = 0;
    expect(observe([600, 97, 0.3, 60, 0.1])).toMatchObject({ is_anomaly: true, trained: true });
    expect(overlay.calls).toMatchObject([{ name: 'event_publish', request: { type: 'anomaly_detected' } }]);
  });

  it('[OMI-3] goes by fixed limits while it knows nothing', () => {
    const broken = { metrics: { cpu_usage: 95, memory_usage: 60, error_rate: 0.2 } };
    expect(instance().run('detect_anomaly', broken)).toMatchObject({ is_anomaly: true, score: 0.7, trained: false });
    expect(instance().run('detect_anomaly', { metrics: { cpu_usage: 95 } })).toMatchObject({ is_anomaly: false });
  });

  it('[OMI-4] learns of a threat and publishes model_updated, with nothing of the threat but its kinds', () => {
    const overlay = instance();
    const first = overlay.run('on_threat', THREAT) as JsonObject;
    const second = overlay.run('on_threat', THREAT) as JsonObject;
    expect(first).toMatchObject({ revision: 1, threats: { sql_injection: 1 }, published: true });
    expect(second).toMatchObject({ revision: 2, threats: { sql_injection: 1.95 } });
    expect(second['threshold']).toBeLessThan(first['threshold'] as number);
    expect(overlay.calls.map(({ request }) => request)).toMatchObject([
      { type: 'model_updated', payload: { reason: 'security_threat', revision: 1 } },
      { type: 'model_updated', payload: { revision: 2 } },
    ]);
    expect(JSON.stringify(overlay.calls)).not.toContain('union');
  });

  it('[OMI-6] an event that names no threat teaches nothing, and says why', () => {
    const overlay = instance();
    const odd = { threats: [{ kind: 'a"b' }, { kind: 7 }, 'x'] };
    for (const payload of [undefined, {}, { threats: 'x' }, { threats: [] }, odd]) {
      expect(overlay.run('on_threat', { ...THREAT, payload })).toEqual({
        ignored: expect.stringContaining('`payload.threats`') as string,
        published: false,
      });
    }
    expect(overlay.calls).toEqual([]);
    const threats = [...odd.threats, { kind: 'secret' }];
    expect(overlay.run('on_threat', { ...THREAT, payload: { threats } })).toMatchObject({
      revision: 1,
      threats: { secret: 1 },
    });
  });

  it('[OMI-4] a host that takes no event does no harm', () => {
    const overlay = instance(() => refusal('LIMIT', 'enough'));
    expect(overlay.run('on_threat', THREAT)).toMatchObject({ threats: { sql_injection: 1 }, published: false });
  });

  it.each([
    [{ metrics: { cpu_usage: 'x' } }, '`metrics.cpu_usage`'],
    [{ metrics: { cpu_usage: 95, load: null } }, '`metrics.load`'],
    [{ metrics: 5 }, '`metrics`'],
    [{ metrics: {} }, '`metrics`'],
    [{}, '`metrics`'],
    [{ rows: 'x' }, '`rows`'],
    [{ rows: [[1], [2]], threshold: '0.5' }, '`threshold`'],
  ])('[OMI-6] refuses metrics that it cannot read, by their name, %#', (input, field) => {
    expect(instance().run('detect_anomaly', input)).toEqual({
      error: { code: 'INVALID', message: expect.stringContaining(field) as string },
    });
  });

  it('[OMI-5] refuses rows that are no table of numbers', () => {
    const overlay = instance();
    for (const rows of [[], [[]], [[1, 2], [3]], [['a']], [1]]) {
      expect(overlay.run('detect_anomaly', { rows })).toMatchObject({ error: { code: 'INVALID' } });
    }
    const many = Array.from({ length: 5_001 }, (_, index) => [index]);
    expect(overlay.run('detect_anomaly', { rows: many })).toMatchObject({ error: { code: 'INVALID' } });
    expect(overlay.run('detect_anomaly', { rows: many.slice(1), trees: 150 })).toMatchObject({
      error: { code: 'INVALID' },
    });
    expect(overlay.run('detect_anomaly', { rows: [[1], [1], [1]] })).toMatchObject({ anomalies: [] });
  });
});
