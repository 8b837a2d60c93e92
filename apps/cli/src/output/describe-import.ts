/**
 * The summary of an import as people read it.
 * @module
 */
import { oneLine } from '@forge-cascade/core';
import type { ImportSummary } from '../import/import-summary.js';
import type { ImportProblem } from '../import/source-document.js';
import { fields } from './describe-capsule.js';
import type { Paint } from './paint.js';

const MAX_LINES = 50;

export function describeImport(summary: ImportSummary & { readonly seconds: number }, paint: Paint): string {
  const { dry_run, created, versioned, unchanged, archived, unarchived } = summary;
  const total = created + versioned + unchanged;
  const rows: [string, string][] = [
    ['collection', oneLine(summary.collection, 200)],
    ['documents', `${summary.documents} with ${summary.sections} sections, from ${summary.files} files`],
    ['lineage', `${summary.relations} relations between documents`],
  ];
  if (!dry_run) rows.push(['capsules', `${total}: ${created} created, ${versioned} versioned, ${unchanged} unchanged`]);
  if (archived > 0) rows.push(['archived', `${archived} sections that are no longer in their document`]);
  if (unarchived > 0) rows.push(['back', `${unarchived} that had been archived`]);
  if (summary.ignored_files > 0) rows.push(['passed over', `${summary.ignored_files} files of other kinds`]);
  rows.push(['took', `${summary.seconds.toFixed(1)} s`]);
  const verb = dry_run ? 'Would import' : summary.failed === 0 ? 'Imported' : 'Imported in part';
  return [
    `${paint(summary.failed === 0 ? 'green' : 'yellow', verb)} ${oneLine(summary.root, 200)}\n`,
    fields(rows, paint),
    list(`Could not be imported (${summary.failed})`, 'failed', summary.problems, paint),
    list(`Worth knowing (${summary.warnings})`, 'warning', summary.problems, paint),
  ].join('');
}

function list(head: string, severity: ImportProblem['severity'], problems: readonly ImportProblem[], paint: Paint): string {
  const found = problems.filter((problem) => problem.severity === severity);
  if (found.length === 0) return '';
  const lines = found.slice(0, MAX_LINES).map(({ path, line, reason }) => {
    const place = oneLine(line === null ? path : `${path}:${line}`, 200);
    return `  ${place}: ${oneLine(reason, 300)}`;
  });
  if (found.length > MAX_LINES) lines.push(`  … and ${found.length - MAX_LINES} more; --json lists all`);
  return `\n${paint(severity === 'failed' ? 'red' : 'yellow', head)}\n${lines.join('\n')}\n`;
}
