/**
 * `forge import` as a user runs it, start of the process included: into an empty folder and once more, without a
 * running server and beside one. A second run may not make a version.
 *
 *   node bench/import/import.mjs [--corpus DIR] [--rounds 3] [--files 740]
 */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runForge, startServer } from '../shared/forge-process.mjs';
import { median } from '../shared/percentiles.mjs';
import { figure, saveResult } from '../shared/results.mjs';
import { withTemporaryFolder } from '../shared/temporary-folder.mjs';
import { DEFAULT_CORPUS, textSource } from '../shared/texts.mjs';

const { values: args } = parseArgs({
  options: {
    corpus: { type: 'string', default: DEFAULT_CORPUS },
    rounds: { type: 'string', default: '3' },
    files: { type: 'string', default: '740' },
  },
});
const ROUNDS = Number(args.rounds);

await withTemporaryFolder('import', async (folder) => {
  const corpus = corpusIn(folder);
  const alone = [];
  const served = [];
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(await twice(corpus, join(folder, `alone-${round}`)));
    const dataDir = join(folder, `served-${round}`);
    const server = await startServer(dataDir);
    try {
      served.push(await twice(corpus, dataDir));
    } finally {
      await server.stop();
    }
  }
  report(corpus, alone, served);
});

async function twice(corpus, dataDir) {
  const first = await runForge(['import', corpus, '--data', dataDir], dataDir);
  const again = await runForge(['import', corpus, '--data', dataDir], dataDir);
  const { created, versioned } = again.body;
  console.log(
    `${first.body.created} capsules in ${seconds(first.ms)} s; again ${seconds(again.ms)} s, ${created + versioned} written`,
  );
  return { cold: first.ms / 1_000, again: again.ms / 1_000, writtenAgain: created + versioned, counts: first.body };
}

function report(corpus, alone, served) {
  const middle = (runs, name) => median(runs.map((run) => run[name]));
  const { files, documents, sections, relations, problems } = alone[0].counts;
  const kinds = [
    ['', alone],
    ['beside a server, ', served],
  ];
  saveResult({
    bench: 'import',
    setup: {
      text: args.corpus === corpus ? 'given' : 'generated',
      files,
      megabytes: Math.round(sizeOf(corpus) / 1e6),
      rounds: ROUNDS,
    },
    figures: kinds.flatMap(([how, runs]) => [
      figure(`${how}first run`, 's', middle(runs, 'cold'), { atMost: 60 }),
      figure(`${how}second run`, 's', middle(runs, 'again'), { atMost: 5 }),
      figure(`${how}capsules written by the second run`, 'capsules', Math.max(...runs.map((run) => run.writtenAgain)), {
        atMost: 0,
      }),
    ]),
    details: {
      documents,
      sections,
      relations,
      problems: problems.length,
      alone: alone.map(({ cold, again }) => ({ cold, again })),
      served: served.map(({ cold, again }) => ({ cold, again })),
    },
  });
  if ([...alone, ...served].some((run) => run.writtenAgain > 0)) process.exitCode = 1;
}

/** The folder given, or generated Markdown of the same size as the corpus that the figures were asked for. */
function corpusIn(folder) {
  if (args.corpus !== '' && existsSync(args.corpus)) return args.corpus;
  const source = textSource(args.corpus);
  const made = join(folder, 'documents');
  mkdirSync(made);
  for (let i = 0; i < Number(args.files); i++) {
    const before = i % 8 === 7 ? `\nderived_from: note-${i - 1}.md` : '';
    const sections = Array.from({ length: 8 }, (_, n) => `## Part ${n + 1}\n\n${source.next(2_300)}\n`);
    writeFileSync(
      join(made, `note-${i}.md`),
      `---\ntitle: Note ${i}${before}\n---\n# Note ${i}\n\n${sections.join('\n')}`,
    );
  }
  return made;
}

function sizeOf(folder) {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

function seconds(ms) {
  return (ms / 1_000).toFixed(1);
}
