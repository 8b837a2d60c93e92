/** `forge import`. @module */
import { importTarget } from '../connect/import-client.js';
import type { CommandContext } from '../command-context.js';
import { discover, IMPORTED_ENDINGS, type Discovery } from '../import/discover.js';
import { planImport } from '../import/plan-import.js';
import { collectionsBeside, type ImportPlan } from '../import/import-plan.js';
import { readDocuments } from '../import/read-documents.js';
import { runImport, type ImportCounts } from '../import/run-import.js';
import type { ImportProblem } from '../import/source-document.js';
import { importText } from '../output/import-text.js';
import { createProgress, type Progress } from '../output/progress.js';

interface Flags {
  readonly collection?: string;
  readonly dryRun?: boolean;
}

const NOTHING: ImportCounts = { created: 0, versioned: 0, unchanged: 0, archived: 0, unarchived: 0, left_alone: 0 };

export async function importCommand(
  context: CommandContext,
  [path = '.']: readonly string[],
  flags: Flags,
): Promise<void> {
  const progress = createProgress(context.terminal);
  const started = performance.now();
  const found = await discover(path);
  progress.stage('Reading', found.files.length);
  const reading = read(found, progress);
  const into = { rootName: found.rootName, collection: flags.collection };
  // A memory is not made for nothing.
  const plansOnly = flags.dryRun === true || !(await reading.holdsDocuments);
  const { plan, counts, problems } = plansOnly
    ? await planOnly(reading.all, into)
    : await sayingWhatStays(context, progress, () => carryOut(context, reading.all, into, progress));
  progress.end();
  const summary = {
    dry_run: flags.dryRun ?? false,
    files: found.files.length,
    ignored: found.ignored,
    documents: plan.documents,
    sections: plan.sections,
    relations: plan.relations,
    ...counts,
    problems,
    seconds: Math.round((performance.now() - started) / 100) / 10,
  };
  context.print(summary, () => importText(summary, IMPORTED_ENDINGS, context.paint));
  if (summary.documents === 0 || problems.some(({ severity }) => severity === 'failed')) context.fail();
}

type Reading = ReturnType<typeof readDocuments>;

/** Begins to read. It goes on while the memory is opened and says what it holds. */
function read(found: Discovery, progress: Progress): { all: Reading; holdsDocuments: Promise<boolean> } {
  let first = (): void => undefined;
  const some = new Promise<boolean>((resolve) => (first = () => resolve(true)));
  const all = readDocuments(found, (done, documents) => {
    progress.advanceTo(done);
    if (documents > 0) first();
  });
  all.catch(() => undefined);
  return { all, holdsDocuments: Promise.race([some, all.then(({ documents }) => documents.length > 0)]) };
}

/** Who interrupts an import is told that nothing has to begin anew. */
async function sayingWhatStays<T>(
  { terminal }: CommandContext,
  progress: Progress,
  work: () => Promise<T>,
): Promise<T> {
  const interrupted = (signal: NodeJS.Signals): void => {
    progress.end();
    terminal.err('Interrupted. What was stored stays; the same command again does the rest.\n');
    // Not `exit`, which would take native code apart while its threads are at work; without a handler the signal ends it.
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    process.kill(process.pid, signal);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    return await work();
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}

interface Into {
  readonly rootName: string;
  readonly collection: string | undefined;
}

interface Done {
  readonly plan: ImportPlan;
  readonly counts: ImportCounts;
  readonly problems: readonly ImportProblem[];
}

async function planOnly(reading: Reading, into: Into): Promise<Done> {
  const { documents, problems } = await reading;
  const plan = planImport(documents, into);
  return { plan, counts: NOTHING, problems: [...problems, ...plan.problems] };
}

async function carryOut(context: CommandContext, reading: Reading, into: Into, progress: Progress): Promise<Done> {
  return context.withClient(
    async (client) => {
      const target = importTarget(client);
      const [existing, { documents, problems }] = await Promise.all([
        target.existing(into.collection ?? into.rootName),
        reading,
      ]);
      const plan = planImport(documents, { ...into, existing });
      const held = [...existing];
      // Documents may state a collection of their own; what the memory holds there was not looked at yet.
      for (const collection of collectionsBeside(plan)) held.push(...(await target.existing(collection)));
      progress.stage('Storing', plan.documents + plan.sections);
      const run = await runImport(plan, target, held, (done) => progress.advanceTo(done));
      const { problems: failed, ...counts } = run;
      const { documents: stored, sections, relations } = run;
      return {
        plan: { ...plan, documents: stored, sections, relations },
        counts,
        problems: [...problems, ...plan.problems, ...failed],
      };
    },
    // What an import promises would take longer than the import: it waits for a server, or a command that has time.
    { create: true, backgroundWork: false },
  );
}
