/**
 * What an import did, for people.
 * @module
 */
import type { ImportCounts } from '../import/run-import.js';
import type { ImportProblem } from '../import/source-document.js';
import type { Paint } from './paint.js';

/** As `--json` prints it. */
export interface ImportSummary extends ImportCounts {
  readonly dry_run: boolean;
  readonly files: number;
  /** Files of formats that are not imported. */
  readonly ignored: number;
  readonly documents: number;
  readonly sections: number;
  readonly relations: number;
  readonly problems: readonly ImportProblem[];
  readonly seconds: number;
}

const SHOWN_PROBLEMS = 50;

/** @param endings of the files that were looked for */
export function importText(summary: ImportSummary, endings: readonly string[], paint: Paint): string {
  const { files, documents, sections, relations, problems, seconds } = summary;
  const lines =
    documents === 0
      ? [nothingImportable(summary, endings)]
      : [
          `${counted(files, 'file')}: ${counted(documents, 'document')} in ${counted(documents + sections, 'capsule')}, ${counted(relations, 'relation')}.`,
          `${outcome(summary)} (${seconds.toFixed(1)} s)`,
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

function nothingImportable({ files, ignored }: ImportSummary, endings: readonly string[]): string {
  if (files > 0) return `Nothing to import: ${counted(files, 'file')} read, no document that could be stored.`;
  const others = ignored === 0 ? 'no files' : `only ${counted(ignored, 'other file')}`;
  return `Nothing to import: looked for ${endings.join(', ')} and found ${others}. Hidden files are passed over.`;
}

function outcome({ dry_run: dryRun, ...counts }: ImportSummary): string {
  if (dryRun) return 'Nothing was written.';
  const { created, versioned, unchanged, archived, unarchived, left_alone: leftAlone } = counts;
  const said = [`${created} created`, counted(versioned, 'new version'), `${unchanged} unchanged`];
  if (archived + unarchived > 0) said.push(`${archived} archived`, `${unarchived} brought back`);
  if (leftAlone > 0) said.push(`${leftAlone} archived by somebody, left alone`);
  return said.join(', ');
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
