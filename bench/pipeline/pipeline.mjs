/**
 * What the pipeline adds to an answer: everything beside the answer provider's own time, on both embedded engines; and
 * the specification's phase latencies simulated, against the critical path and against the phases one after another.
 *
 *   node bench/pipeline/pipeline.mjs [--capsules 6000] [--runs 300] [--corpus DIR] [--scale 10]
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ask, askPorts, openMemoryStore, pipelineSettings } from '@forge-cascade/core';
import { aCapsule } from '@forge-cascade/core/contract';
import { openSqliteStore } from '@forge-cascade/store-sqlite';
import { commitAll, indexed } from '../shared/capsule-requests.mjs';
import { percentiles } from '../shared/percentiles.mjs';
import { figure, saveResult } from '../shared/results.mjs';
import { withTemporaryFolder } from '../shared/temporary-folder.mjs';
import { DEFAULT_CORPUS, textSource } from '../shared/texts.mjs';

const { values: args } = parseArgs({
  options: {
    capsules: { type: 'string', default: '6000' },
    runs: { type: 'string', default: '300' },
    corpus: { type: 'string', default: DEFAULT_CORPUS },
    scale: { type: 'string', default: '10' },
  },
});
const CAPSULES = Number(args.capsules);
const RUNS = Number(args.runs);
const SCALE = Number(args.scale);

const SECTIONS = 8;
const SECTION_SIZE = 2_048;
const WARM_UP = 30;
const PRINCIPAL = { id: 'bench', reviewer: true, trust: 60 };

/** Milliseconds in the specification's drawing of the parallel pipeline; 6 and 7 no longer delay the answer. */
const SPECIFIED = { context: 300, analysis: 800, security: 100, optimization: 20, intelligence: 1_000 };
const AFTER = { metrics: 10, storage: 400 };

const source = textSource(args.corpus);
const engines = {};
engines.memory = await onEngine(await openMemoryStore());
await withTemporaryFolder('pipeline', async (folder) => {
  engines.sqlite = await onEngine(await openSqliteStore({ dataDir: join(folder, 'data') }));
});
const simulated = await simulate();

saveResult({
  bench: 'pipeline',
  setup: { capsules: CAPSULES, sectionCharacters: SECTION_SIZE, text: source.kind, runs: RUNS, scale: SCALE },
  figures: [
    ...Object.entries(engines).flatMap(([engine, { beside, provider }]) => [
      figure(`${engine}: beside provider time, p50`, 'ms', beside.p50, { atMost: 8 }),
      figure(`${engine}: beside provider time, p95`, 'ms', beside.p95, { atMost: 20 }),
      figure(`${engine}: extractive provider, p50`, 'ms', provider.p50),
      figure(`${engine}: extractive provider, p95`, 'ms', provider.p95),
    ]),
    figure('simulated phases: total / critical path, p50', '×', simulated.toCritical.p50, { atMost: 1.05 }),
    figure('simulated phases: one after another / total, p50', '×', simulated.toSequential.p50),
  ],
  details: { engines, simulated },
});

/** Documents of a lead and sections, asked by name, by subject and in two parts. */
async function onEngine(store) {
  try {
    const documents = [...documentsOf(Math.ceil(CAPSULES / (SECTIONS + 1)))];
    await commitAll(
      store,
      documents.flatMap(({ capsules }) => capsules),
    );
    await indexed(store);
    const ports = askPorts(store);
    const samples = { beside: [], provider: [], total: [] };
    const phases = {};
    for (let run = 0; run < WARM_UP + RUNS; run++) {
      const { name, words } = documents[(run * 7_919) % documents.length];
      const query = [
        `Why was ${name} rejected, and what replaced it?`,
        `What is the difference between ${words}?`,
        `Why was ${words} chosen?`,
      ][run % 3];
      const { timing } = await ask(ports, requestOf(run), { query });
      if (run < WARM_UP) continue;
      samples.beside.push(timing.totalMs - timing.phases.intelligence);
      samples.provider.push(timing.phases.intelligence);
      samples.total.push(timing.totalMs);
      for (const [phase, ms] of Object.entries(timing.phases)) (phases[phase] ??= []).push(ms);
    }
    const of = (lists) => Object.fromEntries(Object.entries(lists).map(([key, list]) => [key, percentiles(list)]));
    return { ...of(samples), phases: of(phases) };
  } finally {
    await store.close();
  }
}

function* documentsOf(count) {
  for (let number = 1; number <= count; number++) {
    const name = `DOC ${number}`;
    const opening = source.next(SECTION_SIZE);
    const words =
      opening
        .match(/\p{L}{4,}/gu)
        ?.slice(0, 3)
        .join(' ') ?? name;
    const lead = aCapsule({
      title: `${name}: ${words}`,
      content: `Abstract\n========\n\n${opening}`,
      collection: 'bench',
    });
    const sections = Array.from({ length: SECTIONS }, (_, position) =>
      aCapsule({
        title: `${name}: ${words} › Section ${position + 1}`,
        content: source.next(SECTION_SIZE),
        collection: `bench/doc-${number}`,
        position: position + 1,
        derivedFrom: [{ id: lead.id, relation: 'fork', changes: [] }],
      }),
    );
    yield { name, words, capsules: [lead, ...sections] };
  }
}

/** Phases that only wait, on a store that answers at once: what is left is the pipeline's own order of things. */
async function simulate() {
  const scaled = Object.fromEntries(Object.entries(SPECIFIED).map(([phase, ms]) => [phase, ms / SCALE]));
  const critical =
    Math.max(scaled.context, scaled.analysis, scaled.security) + scaled.optimization + scaled.intelligence;
  const sequential = Object.values({ ...SPECIFIED, ...AFTER }).reduce((sum, ms) => sum + ms / SCALE, 0);
  const waiting = (name, report) => [{ name, run: () => sleep(scaled[name], report) }];
  const store = await openMemoryStore();
  const ports = {
    ...askPorts(store, {
      analysers: {
        analysis: waiting('analysis', { complexity_score: 0.5 }),
        security: waiting('security', { threat_detected: false }),
        optimization: waiting('optimization', {}),
      },
      answerProvider: { model: 'waiting', answer: () => sleep(scaled.intelligence, { text: '', citations: [] }) },
      settings: pipelineSettings(),
    }),
    search: () => sleep(scaled.context, { items: [], nextCursor: null, lag: 0 }),
  };
  const totals = [];
  for (let run = 0; run < Math.min(RUNS, 100) + 5; run++) {
    const { timing } = await ask(ports, requestOf(run), { query: 'Which one?' });
    if (run >= 5) totals.push(timing.totalMs);
  }
  await store.close();
  return {
    criticalMs: critical,
    sequentialMs: sequential,
    total: percentiles(totals),
    toCritical: percentiles(totals.map((ms) => ms / critical)),
    toSequential: percentiles(totals.map((ms) => sequential / ms)),
  };
}

function requestOf(run) {
  return { principal: PRINCIPAL, correlationId: `bench-${run}`, causationId: null, idempotency: null, now: Date.now };
}
