/**
 * Answers over HTTP: made, and found again in the cache, by one client and by eight at once; the server in a process of
 * its own, with the extractive provider, so that what is measured is ours.
 *
 *   node bench/ask/ask.mjs [--corpus DIR] [--questions 100] [--rounds 5] [--overlays on|off]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { caller, callsBy } from '../http/caller.mjs';
import { runForge, startServer } from '../shared/forge-process.mjs';
import { medianOf, percentiles } from '../shared/percentiles.mjs';
import { figure, saveResult } from '../shared/results.mjs';
import { settled } from '../shared/settled.mjs';
import { withTemporaryFolder } from '../shared/temporary-folder.mjs';
import { DEFAULT_CORPUS, textSource } from '../shared/texts.mjs';

const { values: args } = parseArgs({
  options: {
    corpus: { type: 'string', default: DEFAULT_CORPUS },
    questions: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '5' },
    overlays: { type: 'string', default: 'on' },
  },
});
const QUESTIONS = Number(args.questions);
const ROUNDS = Number(args.rounds);
const CLIENTS = 8;
/** Without a corpus. */
const GENERATED = 6_000;

await withTemporaryFolder('ask', async (folder) => {
  const dataDir = join(folder, 'data');
  const settings = { FORGE_OVERLAYS: args.overlays };
  const source = textSource(args.corpus);
  if (source.kind === 'given') await runForge(['import', args.corpus], dataDir, settings);
  const server = await startServer(dataDir, settings);
  const forge = caller(server.url, server.token);
  try {
    if (source.kind !== 'given') await fill(forge, source);
    await measure(forge, source);
  } finally {
    forge.close();
    await server.stop();
  }
});

async function measure(forge, source) {
  const health = async () => JSON.parse((await forge.call('GET', '/v2/system/health')).text);
  await settled(forge);
  const present = (await health()).capsules;
  const questions = await questionsOf(forge);
  const asking = (expected) => async (i) => {
    const answered = await forge.call('POST', '/v2/ask', { query: questions[i % questions.length] });
    const { cached, timing } = JSON.parse(answered.text);
    if (cached !== expected) throw new Error(`an answer was ${cached ? '' : 'not '}found again, unexpectedly`);
    return { ms: answered.ms, timing };
  };
  const made = percentiles(await callsBy(1, questions.length, asking(false)));
  const found = asking(true);
  const rounds = [];
  const phases = {};
  for (let round = 0; round < ROUNDS; round++) {
    const alone = [];
    await callsBy(1, questions.length, async (i) => {
      const answered = await found(i);
      alone.push(answered.ms);
      for (const [phase, ms] of Object.entries(answered.timing.phases)) (phases[phase] ??= []).push(ms);
      return answered;
    });
    rounds.push({
      alone: percentiles(alone),
      together: percentiles(await callsBy(CLIENTS, questions.length * 2, found)),
    });
  }
  const [alone, together] = ['alone', 'together'].map((how) => medianOf(rounds.map((round) => round[how])));
  saveResult({
    bench: 'ask',
    setup: { present, text: source.kind, questions: questions.length, rounds: ROUNDS, overlays: args.overlays },
    figures: [
      figure('made, one client: p50', 'ms', made.p50),
      figure('made, one client: p95', 'ms', made.p95),
      figure('found again, one client: p50', 'ms', alone.p50, { atMost: 10 }),
      figure('found again, one client: p95', 'ms', alone.p95),
      figure(`found again, ${CLIENTS} at once: p50`, 'ms', together.p50),
      figure(`found again, ${CLIENTS} at once: p95`, 'ms', together.p95),
    ],
    details: {
      rounds,
      phasesWhenFoundAgain: Object.fromEntries(Object.entries(phases).map(([phase, ms]) => [phase, percentiles(ms)])),
    },
  });
}

/** Questions about titles that are there, in three shapes. */
async function questionsOf(forge) {
  const titles = [];
  let cursor = '';
  while (titles.length < QUESTIONS * 3) {
    const page = JSON.parse((await forge.call('GET', `/v2/capsules?limit=100${cursor}`)).text);
    titles.push(...page.items.map(({ title }) => title).filter((title) => title !== null));
    if (page.next_cursor === null) break;
    cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`;
  }
  const shapes = [
    (title) => `Why was ${title} proposed?`,
    (title) => `What is ${title}, and what replaced it?`,
    (title) => `How does ${title} work?`,
  ];
  const step = Math.max(1, Math.floor(titles.length / QUESTIONS));
  const questions = titles.filter((_, index) => index % step === 0).map((title, index) => shapes[index % 3](title));
  return [...new Set(questions)].slice(0, QUESTIONS);
}

async function fill(forge, source) {
  const capsule = () => {
    const content = source.next(2_048);
    return { type: 'knowledge', title: content.slice(0, 60).trim(), content };
  };
  for (let at = 0; at < GENERATED; at += 50) {
    await forge.call('POST', '/v2/capsules/batch', { items: Array.from({ length: 50 }, capsule) });
  }
}
