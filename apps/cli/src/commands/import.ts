/**
 * `forge import`.
 * @module
 */
import { withMemory, type CommandContext, type CommonOptions } from '../command-context.js';
import { importTarget } from '../connect/import-client.js';
import { discover, type Discovery } from '../import/discover.js';
import type { ImportPlan } from '../import/import-plan.js';
import { readDocuments } from '../import/read-documents.js';
import { planImport } from '../import/plan-import.js';
import { runImport } from '../import/run-import.js';
import { summariseImport, type ImportSummary } from '../import/import-summary.js';
import { describeImport } from '../output/describe-import.js';
import { painter } from '../output/paint.js';
import { createProgress, type Progress } from '../output/progress.js';
import { CommandFailure } from '../usage-error.js';

export interface ImportOptions extends CommonOptions {
  readonly collection?: string;
  readonly name?: string;
  readonly dryRun?: boolean;
}

/** @returns how many documents or sections could not be imported */
export async function importFolder(context: CommandContext, path: string, options: ImportOptions): Promise<number> {
  const { terminal } = context;
  const started = performance.now();
  const discovery = await discover(path);
  const found = options.name === undefined ? discovery : { ...discovery, rootName: options.name };
  if (found.files.length === 0 && found.problems.length === 0) {
    throw new CommandFailure(
      `Nothing to import in ${path}: no .md, .markdown, .rst, .txt or .jsonl files.`,
      found.ignored === 0 ? null : `${found.ignored} files of other kinds were passed over.`,
    );
  }
  const progress = createProgress(terminal);
  let summary: ImportSummary;
  try {
    summary = options.dryRun === true ? await planOnly(found, options, progress) : await carryOut(context, found, options, progress);
  } finally {
    progress.end();
  }
  const complete = { ...summary, seconds: Math.round(performance.now() - started) / 1_000 };
  terminal.out(options.json === true ? `${JSON.stringify(complete, null, 2)}\n` : describeImport(complete, painter(terminal.colour)));
  return complete.failed;
}

async function planOnly(found: Discovery, options: ImportOptions, progress: Progress): Promise<ImportSummary> {
  const { documents, problems } = await read(found, progress);
  const plan = planImport(documents, { rootName: found.rootName, collection: options.collection });
  return summariseImport(found, plan, problems, null);
}

async function carryOut(
  context: CommandContext,
  found: Discovery,
  options: ImportOptions,
  progress: Progress,
): Promise<ImportSummary> {
  return withMemory(
    context,
    options,
    async (client) => {
      const target = importTarget(client, context.signal);
      const { documents, problems } = await read(found, progress);
      const root = options.collection ?? found.rootName;
      const stored = await target.existing(root);
      const plan = planImport(documents, { rootName: found.rootName, collection: root, existing: stored });
      progress.stage('Writing', capsulesIn(plan));
      const run = await runImport(plan, target, stored, (done) => progress.advanceTo(done));
      return summariseImport(found, plan, problems, run);
    },
    { create: true },
  );
}

async function read(found: Discovery, progress: Progress): ReturnType<typeof readDocuments> {
  progress.stage('Reading', found.files.length);
  return readDocuments(found, (done) => progress.advanceTo(done));
}

function capsulesIn({ levels }: ImportPlan): number {
  return levels.reduce((sum, level) => sum + level.length, 0);
}
