/** `forge import`. @module */
import { importTarget } from '../connect/import-client.js';
import type { CommandContext } from '../command-context.js';
import { discover } from '../import/discover.js';
import { planImport } from '../import/plan-import.js';
import type { ImportPlan } from '../import/import-plan.js';
import { readDocuments } from '../import/read-documents.js';
import { runImport, type ImportCounts } from '../import/run-import.js';
import type { ImportProblem } from '../import/source-document.js';
import { createProgress, type Progress } from '../output/progress.js';

interface Flags {
  readonly collection?: string;
  readonly dryRun?: boolean;
}

const SHOWN_PROBLEMS = 50;
const NOTHING: ImportCounts = { created: 0, versioned: 0, unchanged: 0, archived: 0, unarchived: 0 };

export async function importCommand(
  context: CommandContext,
  [path = '.']: readonly string[],
  flags: Flags,
): Promise<void> {
  const progress = createProgress(context.terminal);
  const started = performance.now();
  const found = await discover(path);
  progress.stage('Reading', found.files.length);
  const { documents, problems } = await readDocuments(found, (done) => progress.advanceTo(done));
  const work = async (): Promise<void> => {
    const { plan, counts, failed } =
      flags.dryRun === true
        ? planOnly(documents, found.rootName, flags.collection)
        : await carryOut(context, documents, found.rootName, flags.collection, progress);
    progress.end();
    const all = [...problems, ...plan.problems, ...failed];
    const seconds = (performance.now() - started) / 1_000;
    const summary = {
      dry_run: flags.dryRun ?? false,
      files: found.files.length,
      ignored: found.ignored,
      documents: plan.documents,
      sections: plan.sections,
      relations: plan.relations,
      ...counts,
      problems: all,
      seconds: Math.round(seconds * 10) / 10,
    };
    context.print(summary, () => describe(context, plan, counts, all, found.files.length, seconds, summary.dry_run));
    if (all.some(({ severity }) => severity === 'failed')) context.fail();
  };
  await work();
}

type Documents = Parameters<typeof planImport>[0];
interface Done {
  readonly plan: ImportPlan;
  readonly counts: ImportCounts;
  readonly failed: readonly ImportProblem[];
}

function planOnly(documents: Documents, rootName: string, collection: string | undefined): Done {
  return { plan: planImport(documents, { rootName, collection }), counts: NOTHING, failed: [] };
}

async function carryOut(
  context: CommandContext,
  documents: Documents,
  rootName: string,
  collection: string | undefined,
  progress: Progress,
): Promise<Done> {
  return context.withClient(
    async (client) => {
      const target = importTarget(client);
      const existing = await target.existing(collection ?? rootName);
      const plan = planImport(documents, { rootName, collection, existing });
      progress.stage('Storing', plan.documents + plan.sections);
      const { problems, ...counts } = await runImport(plan, target, existing, (done) => progress.advanceTo(done));
      return { plan, counts, failed: problems };
      // What an import promises would take longer than the import: it waits for a server, or a command that has time.
    },
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
        : '');
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
