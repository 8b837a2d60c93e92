/** `forge import`. @module */
import { importTarget } from '../connect/import-client.js';
import type { CommandContext } from '../command-context.js';
import { discover } from '../import/discover.js';
import { planImport } from '../import/plan-import.js';
import { collectionsBeside, type ImportPlan } from '../import/import-plan.js';
import { readDocuments } from '../import/read-documents.js';
import { runImport, type ImportCounts } from '../import/run-import.js';
import type { ImportProblem } from '../import/source-document.js';
import { createProgress, type Progress } from '../output/progress.js';

interface Flags {
  readonly collection?: string;
  readonly dryRun?: boolean;
}

const SHOWN_PROBLEMS = 50;
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
  // Goes on while the memory is opened and says what it holds.
  const reading = readDocuments(found, (done) => progress.advanceTo(done));
  reading.catch(() => undefined);
  const into = { rootName: found.rootName, collection: flags.collection };
  const { plan, counts, problems } =
    flags.dryRun === true ? await planOnly(reading, into) : await carryOut(context, reading, into, progress);
  progress.end();
  const seconds = (performance.now() - started) / 1_000;
  const summary = {
    dry_run: flags.dryRun ?? false,
    files: found.files.length,
    ignored: found.ignored,
    documents: plan.documents,
    sections: plan.sections,
    relations: plan.relations,
    ...counts,
    problems,
    seconds: Math.round(seconds * 10) / 10,
  };
  context.print(summary, () => describe(context, plan, counts, problems, found.files.length, seconds, summary.dry_run));
  if (problems.some(({ severity }) => severity === 'failed')) context.fail();
}

type Reading = ReturnType<typeof readDocuments>;

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

function describe(
  { paint }: CommandContext,
  plan: ImportPlan,
  counts: ImportCounts,
  problems: readonly ImportProblem[],
  files: number,
  seconds: number,
  dryRun: boolean,
): string {
  const made = dryRun
    ? 'Nothing was written.'
    : `${counts.created} created, ${counts.versioned} new versions, ${counts.unchanged} unchanged` +
      (counts.archived + counts.unarchived > 0
        ? `, ${counts.archived} archived, ${counts.unarchived} brought back`
        : '') +
      (counts.left_alone > 0 ? `, ${counts.left_alone} archived by somebody, left alone` : '');
  const lines = [
    `${files} files: ${plan.documents} documents in ${plan.documents + plan.sections} capsules, ${plan.relations} relations.`,
    `${made} (${seconds.toFixed(1)} s)`,
  ];
  const failed = problems.filter(({ severity }) => severity === 'failed').length;
  if (problems.length > 0)
    lines.push(paint('yellow', `${problems.length} to look at, ${failed} of them not imported:`));
  for (const { path, line, severity, reason } of problems.slice(0, SHOWN_PROBLEMS)) {
    lines.push(
      `  ${severity === 'failed' ? paint('red', '✗') : '·'} ${path}${line === null ? '' : `:${line}`}  ${reason}`,
    );
  }
  if (problems.length > SHOWN_PROBLEMS) lines.push(`  … ${problems.length - SHOWN_PROBLEMS} more (--json lists all)`);
  return lines.join('\n');
}
