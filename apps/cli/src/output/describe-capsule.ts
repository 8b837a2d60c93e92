/**
 * Capsules as people read them.
 * @module
 */
import type { CapsuleBody, CapsuleHeaderBody } from '@forge-cascade/api';
import { oneLine } from '@forge-cascade/core';
import { printable, type Paint, type Style } from './paint.js';
import { renderTable } from './table.js';

const BAND_STYLE: Readonly<Record<CapsuleHeaderBody['trust_band'], Style | null>> = {
  CORE: 'cyan',
  TRUSTED: 'green',
  STANDARD: null,
  SANDBOX: 'yellow',
  QUARANTINE: 'red',
};

export function titleOf({ title, type }: { readonly title: string | null; readonly type?: string }): string {
  return title === null ? `(untitled${type === undefined ? '' : ` ${type}`})` : oneLine(title, 500);
}

/** `trust 60 STANDARD, chain 40`, and what else a reader should know at once. */
export function standingOf(capsule: CapsuleHeaderBody, paint: Paint): string {
  const { trust_level, trust_band, chain_trust } = capsule;
  const style = BAND_STYLE[trust_band];
  const trust = `trust ${trust_level} ${trust_band}`;
  return [
    style === null ? trust : paint(style, trust),
    ...(chain_trust < trust_level ? [`chain ${chain_trust}`] : []),
    ...marksOf(capsule, paint),
  ].join(' · ');
}

export function marksOf(capsule: Pick<CapsuleHeaderBody, 'retracted' | 'tainted' | 'warned' | 'archived'>, paint: Paint): string[] {
  return [
    ...(capsule.retracted ? [paint('red', 'retracted')] : []),
    ...(capsule.tainted ? [paint('red', 'tainted')] : []),
    ...(capsule.warned && !capsule.tainted ? [paint('yellow', 'cites something bad')] : []),
    ...(capsule.archived ? [paint('dim', 'archived')] : []),
  ];
}

/** One line for what was just written: `created  v1.0.0  Title`, then its ids. */
export function describeWrite(verb: string, capsule: CapsuleBody, paint: Paint): string {
  const rows: [string, string][] = [
    ['id', capsule.id],
    ['series', capsule.series_id],
    ...(capsule.key === null ? [] : [['key', oneLine(capsule.key, 500)] as [string, string]]),
  ];
  return `${paint('green', verb)} ${paint('bold', titleOf(capsule))} v${capsule.version} · ${standingOf(capsule, paint)}\n${fields(rows, paint)}`;
}

export function describeCapsule(capsule: CapsuleBody, paint: Paint): string {
  const rows: [string, string | null][] = [
    ['id', capsule.id],
    ['series', capsule.series_id],
    ['head', capsule.is_head ? null : capsule.head_id],
    ['key', capsule.key],
    ['collection', capsule.collection === null ? null : capsule.collection + (capsule.position === null ? '' : `, place ${capsule.position}`)],
    ['tags', capsule.tags.length === 0 ? null : capsule.tags.join(', ')],
    ['valid', validity(capsule)],
    ['created', capsule.created_at],
    ...capsule.derived_from.map(({ id, relation, reason }, at): [string, string] => [
      at === 0 ? 'rests on' : '',
      `${relation} of ${id}${reason === null ? '' : ` — ${reason}`}`,
    ]),
    ...Object.entries(capsule.metadata).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ];
  const given = rows.filter((row): row is [string, string] => row[1] !== null).map(([name, value]): [string, string] => [name, oneLine(value, 300)]);
  const state = `${capsule.type} · v${capsule.version}${capsule.is_head ? '' : ' (not the head)'} · ${standingOf(capsule, paint)}`;
  return `${paint('bold', titleOf(capsule))}\n${state}\n${fields(given, paint)}\n${printable(capsule.content)}\n`;
}

export function describeVersions(items: readonly CapsuleHeaderBody[], width: number, paint: Paint): string {
  return renderTable(
    items,
    [
      { head: 'version', of: ({ version, is_head }) => (is_head ? `${version} *` : version) },
      { head: 'created', of: ({ created_at }) => created_at },
      { head: 'trust', of: ({ trust_level }) => String(trust_level), align: 'right' },
      { head: 'id', of: ({ id }) => id },
      { head: 'title', of: titleOf, flexible: true },
    ],
    width,
    paint,
  );
}

function validity({ valid_from, valid_to }: CapsuleHeaderBody): string | null {
  if (valid_from === null && valid_to === null) return null;
  return `${valid_from ?? 'always'} to ${valid_to ?? 'further notice'}`;
}

/** Names in one column, values in the next. */
export function fields(rows: readonly (readonly [string, string])[], paint: Paint): string {
  const width = Math.min(20, Math.max(0, ...rows.map(([name]) => name.length)));
  return rows.map(([name, value]) => `  ${paint('dim', name.padEnd(width))}  ${value}\n`).join('');
}
