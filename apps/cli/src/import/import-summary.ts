/**
 * What became of an import, as `--json` prints it.
 * @module
 */
import type { Discovery } from './discover.js';
import type { ImportPlan } from './import-plan.js';
import type { ImportRun } from './run-import.js';
import type { ImportProblem } from './source-document.js';

export interface ImportSummary {
  /** Name of the root: the first segment of every key. */
  readonly root: string;
  readonly collection: string;
  readonly dry_run: boolean;
  /** Files of formats that are imported; others are only counted. */
  readonly files: number;
  readonly ignored_files: number;
  readonly documents: number;
  readonly sections: number;
  /** Edges between documents. */
  readonly relations: number;
  /** Capsules by what became of them; all 0 in a dry run. */
  readonly created: number;
  readonly versioned: number;
  readonly unchanged: number;
  readonly archived: number;
  readonly unarchived: number;
  /** Problems of severity `failed`. */
  readonly failed: number;
  readonly warnings: number;
  readonly problems: readonly ImportProblem[];
}

/** @param run null for a dry run */
export function summariseImport(
  found: Discovery,
  plan: ImportPlan,
  reading: readonly ImportProblem[],
  run: ImportRun | null,
): ImportSummary {
  const problems = [...reading, ...plan.problems, ...(run?.problems ?? [])].sort(byPlace);
  const failed = problems.filter(({ severity }) => severity === 'failed').length;
  return {
    root: plan.rootName,
    collection: plan.collection,
    dry_run: run === null,
    files: found.files.length,
    ignored_files: found.ignored,
    documents: plan.documents,
    sections: plan.sections,
    relations: plan.relations,
    created: run?.created ?? 0,
    versioned: run?.versioned ?? 0,
    unchanged: run?.unchanged ?? 0,
    archived: run?.archived ?? 0,
    unarchived: run?.unarchived ?? 0,
    failed,
    warnings: problems.length - failed,
    problems,
  };
}

function byPlace(a: ImportProblem, b: ImportProblem): number {
  if (a.severity !== b.severity) return a.severity === 'failed' ? -1 : 1;
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0);
}
