/**
 * Aligned columns.
 * @module
 */
import { oneLine } from '@forge-cascade/core';
import { widthOf, type Paint } from './paint.js';

export interface Column<T> {
  readonly head: string;
  readonly of: (row: T) => string;
  readonly align?: 'left' | 'right';
  /** Gives way when the line is too long; at most one column does. */
  readonly flexible?: true;
}

const GAP = '  ';
const MIN_FLEXIBLE = 12;

/** Lines with a heading; nothing for no rows. */
export function renderTable<T>(rows: readonly T[], columns: readonly Column<T>[], width: number, paint: Paint): string {
  if (rows.length === 0) return '';
  const cells = rows.map((row) => columns.map((column) => oneLine(column.of(row), 1_000)));
  const widths = columns.map((column, at) =>
    Math.max(widthOf(column.head), ...cells.map((row) => widthOf(row[at] ?? ''))),
  );
  const flexible = columns.findIndex((column) => column.flexible);
  const total = widths.reduce((sum, one) => sum + one, 0) + GAP.length * (columns.length - 1);
  if (flexible !== -1 && total > width) {
    widths[flexible] = Math.max(MIN_FLEXIBLE, (widths[flexible] ?? 0) - (total - width));
  }
  const line = (row: readonly string[]): string =>
    columns
      .map((column, at) => {
        const cell = fit(row[at] ?? '', widths[at] ?? 0);
        const pad = ' '.repeat(Math.max(0, (widths[at] ?? 0) - widthOf(cell)));
        return column.align === 'right' ? pad + cell : cell + pad;
      })
      .join(GAP)
      .trimEnd();
  return [paint('dim', line(columns.map((column) => column.head))), ...cells.map(line), ''].join('\n');
}

function fit(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (widthOf(kept) + widthOf(character) >= width) break;
    kept += character;
  }
  return `${kept}…`;
}
