/** `forge eval`: how well a memory finds what people judged relevant. @module */
import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Client } from '@forge-cascade/api';
import type { CommandContext } from '../command-context.js';
import { importTarget } from '../connect/import-client.js';
import { askQuestions, type Find } from '../eval/ask-questions.js';
import { describeFigures, evaluationFigures, runFile } from '../eval/evaluation-report.js';
import type { ParsedSet, SetFault } from '../eval/evaluation-set.js';
import { withFreshMemory } from '../eval/fresh-memory.js';
import { collectionOfSet } from '../eval/plan-evaluation.js';
import { lineOf, readEvaluationSet } from '../eval/read-evaluation-set.js';
import { storeDocuments } from '../eval/store-documents.js';
import { waitUntilSearchable } from '../eval/wait-until-searchable.js';
import type { ImportRun } from '../import/run-import.js';
import { createProgress, type Progress } from '../output/progress.js';
import { CommandFailure, UsageError } from '../usage-error.js';

interface Flags {
  readonly into?: boolean;
  readonly name?: string;
  readonly embeddings?: string;
  readonly run?: string;
  readonly url?: string;
}

const SHOWN_UNKNOWN = 10;

export async function evalCommand(
  context: CommandContext,
  [folder = '.']: readonly string[],
  flags: Flags,
): Promise<void> {
  const name = flags.name ?? basename(resolve(folder));
  const parsed = await readEvaluationSet(folder);
  const progress = createProgress(context.terminal);
  try {
    await withMemory(context, flags, (client, where) =>
      evaluate(context, client, { name, where, parsed, flags, progress }),
    );
  } finally {
    progress.end();
  }
}

/** A memory of its own, unless it is to go into the one there is. */
async function withMemory(
  context: CommandContext,
  flags: Flags,
  work: (client: Client, where: string) => Promise<void>,
): Promise<void> {
  if (flags.into === true) {
    if (flags.embeddings !== undefined) {
      throw new UsageError('--embeddings is for a memory of its own; with --into the memory’s own model is used.');
    }
    return context.withClient(work, { create: true });
  }
  if (flags.url !== undefined) throw new UsageError('--url needs --into.');
  const { env } = context.surroundings;
  return withFreshMemory(
    {
      env: flags.embeddings === undefined ? env : { ...env, FORGE_EMBEDDINGS: flags.embeddings },
      dataDir: context.settings.dataDir,
    },
    (client) => work(client, 'a fresh memory'),
  );
}

interface Evaluation {
  readonly name: string;
  readonly where: string;
  readonly parsed: ParsedSet;
  readonly flags: Flags;
  readonly progress: Progress;
}

async function evaluate(
  context: CommandContext,
  client: Client,
  { name, where, parsed: { set, unknown, unasked }, flags, progress }: Evaluation,
): Promise<void> {
  progress.stage('Storing', set.documents.length);
  const stored = await storeDocuments(name, set, importTarget(client), (done) => progress.advanceTo(done));
  refuseGaps(stored);
  const model = await searchable(client, set.documents.length, progress);
  progress.stage('Asking', set.queries.length);
  const asked = await askQuestions(name, set, finder(client), (done) => progress.advanceTo(done));
  progress.end();
  if (flags.run !== undefined) await writeFile(flags.run, runFile(asked));

  const figures = evaluationFigures(set, asked);
  const { created, versioned, unchanged, archived } = stored;
  const body = {
    name,
    collection: collectionOfSet(name),
    model,
    documents: set.documents.length,
    queries: set.queries.length,
    ...figures,
    stored: { created, versioned, unchanged, archived },
    unknown: unknown.map(({ line, reason }) => ({ line, reason })),
    not_scored: unasked.map(({ line, reason }) => ({ line, reason })),
  };
  context.print(body, () => {
    const lines = [
      `${name}: ${set.documents.length} documents, ${asked.length} questions, in ${where}, by ${model ?? 'words alone'}`,
      describeFigures(figures, context.terminal.columns, context.paint),
    ];
    const list = (faults: readonly SetFault[], what: string): void => {
      if (faults.length === 0) return;
      lines.push(context.paint('yellow', `${faults.length} ${what}:`));
      lines.push(...faults.slice(0, SHOWN_UNKNOWN).map((fault) => `  ${lineOf(fault)}`));
      if (faults.length > SHOWN_UNKNOWN) lines.push(`  … ${faults.length - SHOWN_UNKNOWN} more (--json lists all)`);
    };
    list(unknown, 'judgements count as never found');
    list(unasked, 'judgements are about no question of the set and are not scored');
    return lines.join('\n');
  });
}

/** Figures about some of the documents would look like figures about all of them. */
function refuseGaps({ problems }: ImportRun): void {
  const [first] = problems;
  if (first === undefined) return;
  throw new CommandFailure(
    `${problems.length} documents could not be stored; the first is ${first.path}:${first.line}  ${first.reason}`,
    'Mend the line and run it again: what is stored already stays as it is.',
  );
}

/** Waits for what was written, and says which model searches use. */
async function searchable(client: Client, documents: number, progress: Progress): Promise<string | null> {
  // A model that is only being opened is not yet part of what the memory says about itself; a search waits for it.
  await client.postSearch({ body: { q: 'anything', limit: 1 } });
  progress.stage('Indexing', documents);
  return waitUntilSearchable(async () => (await client.getHealth()).body, {
    onLag: (lag) => progress.advanceTo(Math.max(0, documents - lag)),
  });
}

function finder(client: Client): Find {
  return async (q, collection, limit) => {
    const { body } = await client.postSearch({ body: { q, collection, limit } });
    return body.items.map(({ capsule, score }) => ({ key: capsule.key, score }));
  };
}
