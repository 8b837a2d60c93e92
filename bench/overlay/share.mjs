/**
 * What the core overlays add to an answer: the same questions to two servers over the same capsules, one with overlays and
 * one with the in-process analysers, in turns. Every question is new, answers are quoted.
 *
 *   node bench/overlay/share.mjs [--present 6000] [--questions 300] [--corpus DIR]
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { caller } from '../http/caller.mjs';
import { startServer } from '../shared/forge-process.mjs';
import { percentiles } from '../shared/percentiles.mjs';
import { figure, saveResult } from '../shared/results.mjs';
import { withTemporaryFolder } from '../shared/temporary-folder.mjs';
import { DEFAULT_CORPUS, textSource } from '../shared/texts.mjs';

const { values: args } = parseArgs({
  options: {
    present: { type: 'string', default: '6000' },
    questions: { type: 'string', default: '300' },
    corpus: { type: 'string', default: DEFAULT_CORPUS },
  },
});
const [PRESENT, QUESTIONS] = [Number(args.present), Number(args.questions)];
const WARM_UP = 30;
const BATCH = 50;
const SERVED = ['analysis', 'security', 'optimization'];

const source = textSource(args.corpus);
const items = Array.from({ length: PRESENT }, (_, i) => {
  const content = source.next(2_048);
  return { type: 'knowledge', title: `${i}: ${content.slice(0, 60).trim()}`, content };
});
await withTemporaryFolder('share', async (folder) => {
  const servers = {};
  for (const mode of ['on', 'off']) servers[mode] = await startServer(join(folder, mode), { FORGE_OVERLAYS: mode });
  const clients = Object.fromEntries(
    Object.entries(servers).map(([mode, { url, token }]) => [mode, caller(url, token)]),
  );
  try {
    for (const client of Object.values(clients)) await fill(client);
    await measure(clients);
  } finally {
    for (const client of Object.values(clients)) client.close();
    for (const server of Object.values(servers)) await server.stop();
  }
});

async function fill(client) {
  for (let at = 0; at < PRESENT; at += BATCH) {
    await client.call('POST', '/v2/capsules/batch', { items: items.slice(at, at + BATCH) });
  }
  for (;;) {
    const health = JSON.parse((await client.call('GET', '/v2/system/health')).text);
    if (health.search_lag === 0 && health.outbox.pending === 0) return;
    await sleep(200);
  }
}

async function measure(clients) {
  const samples = { on: [], off: [] };
  for (let i = 0; i < WARM_UP + QUESTIONS; i++) {
    const words = items[(i * 7_919) % items.length].content.match(/\p{L}{4,}/gu)?.slice(3, 6) ?? ['memory'];
    const query = `Why was ${words.join(' ')} chosen, and what came of it? (${i})`;
    for (const mode of i % 2 === 0 ? ['on', 'off'] : ['off', 'on']) {
      const { text, ms } = await clients[mode].call('POST', '/v2/ask', { query });
      if (i >= WARM_UP) samples[mode].push({ ms, ...JSON.parse(text).timing });
    }
  }
  const of = (mode, pick) => percentiles(samples[mode].map(pick));
  const served = (sample) => SERVED.reduce((sum, phase) => sum + (sample.phases[phase] ?? 0), 0);
  // Phases 2 and 3 run beside the search: what they take beyond it is what the answer waits for.
  const waited = ({ phases }) =>
    Math.max(0, Math.max(phases.analysis ?? 0, phases.security ?? 0) - phases.context) + (phases.optimization ?? 0);
  const [share, own] = [of('on', served), of('off', served)];
  const [wait, ownWait] = [of('on', waited), of('off', waited)];
  const [on, off] = [of('on', ({ ms }) => ms), of('off', ({ ms }) => ms)];
  const [committing, plain] = [of('on', ({ phases }) => phases.commit), of('off', ({ phases }) => phases.commit)];
  saveResult({
    bench: 'overlay-share',
    setup: { present: PRESENT, questions: QUESTIONS, text: source.kind },
    besideIs: 'in-process analysers',
    figures: [
      figure('what an answer waits for overlays: p50', 'ms', wait.p50, { beside: ownWait.p50 }),
      figure('what an answer waits for overlays: p95', 'ms', wait.p95, { atMost: 5, beside: ownWait.p95 }),
      figure('phases served by overlays, summed: p50', 'ms', share.p50, { beside: own.p50 }),
      figure('phases served by overlays, summed: p95', 'ms', share.p95, { beside: own.p95 }),
      figure('commit of the run, receipts included: p50', 'ms', committing.p50, { beside: plain.p50 }),
      figure('whole answer over HTTP: p50', 'ms', on.p50, { beside: off.p50 }),
      figure('whole answer over HTTP: p95', 'ms', on.p95, { beside: off.p95 }),
    ],
    details: { wait, ownWait, share, own, on, off, committing, plain },
  });
}
