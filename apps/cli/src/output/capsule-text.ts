/** Capsules as lines for people. @module */
import type { CapsuleBody, CapsuleHeaderBody } from '@forge-cascade/api';
import type { Paint } from './paint.js';
import { printable } from './paint.js';

/** `trust 60 STANDARD`, with the chain's trust where it is less, and what is wrong with it. */
export function standingOf(
  capsule: Pick<CapsuleHeaderBody, 'trust_level' | 'trust_band' | 'chain_trust' | 'tainted' | 'warned' | 'retracted'>,
  paint: Paint,
): string {
  const parts = [`trust ${capsule.trust_level} ${capsule.trust_band}`];
  if (capsule.chain_trust !== capsule.trust_level) parts.push(`chain ${capsule.chain_trust}`);
  if (capsule.retracted) parts.push(paint('red', 'retracted'));
  if (capsule.tainted) parts.push(paint('red', 'tainted'));
  if (capsule.warned) parts.push(paint('yellow', 'warned'));
  return parts.join(', ');
}

export function titleOf(capsule: Pick<CapsuleHeaderBody, 'title' | 'summary'>): string {
  return capsule.title ?? (capsule.summary === '' ? '(untitled)' : capsule.summary);
}

/** One capsule in full. */
export function describeCapsule(capsule: CapsuleBody, paint: Paint): string {
  const lines = [
    paint('bold', printable(titleOf(capsule))),
    `${capsule.id}  v${capsule.version}${capsule.is_head ? '' : ` (head ${capsule.head_id})`}  ${capsule.type}${capsule.archived ? '  archived' : ''}`,
    `series ${capsule.series_id}${capsule.key === null ? '' : `  key ${printable(capsule.key)}`}`,
    standingOf(capsule, paint),
  ];
  if (capsule.collection !== null) {
    lines.push(`in ${printable(capsule.collection)}${capsule.position === null ? '' : ` at ${capsule.position}`}`);
  }
  if (capsule.tags.length > 0) lines.push(`tags ${capsule.tags.map(printable).join(', ')}`);
  for (const { id, relation, reason } of capsule.derived_from) {
    lines.push(`derived from ${id} (${relation})${reason === null ? '' : `: ${printable(reason)}`}`);
  }
  if (Object.keys(capsule.metadata).length > 0) lines.push(`metadata ${printable(JSON.stringify(capsule.metadata))}`);
  lines.push(`created ${capsule.created_at}`, '', printable(capsule.content));
  return lines.join('\n');
}

/** What a write left behind, in two lines. */
export function describeWrite(done: string, capsule: CapsuleHeaderBody, paint: Paint): string {
  return [
    `${paint('green', done)} ${printable(titleOf(capsule))} v${capsule.version}`,
    `${capsule.id}  ${standingOf(capsule, paint)}`,
  ].join('\n');
}

/** One line about a capsule that says nearly the same. */
export function describeNearDuplicate(
  { id, title, resemblance }: { readonly id: string; readonly title: string | null; readonly resemblance: number },
  paint: Paint,
): string {
  // Rounded down: only what is the same is called so.
  const share = Math.floor(resemblance * 100);
  return `${paint('yellow', `${share} % the same words as`)} ${printable((title ?? '(untitled)').replace(/\s+/g, ' '))}  ${id}`;
}

/** A timestamp of the API as tables show it, under a heading that says UTC: `2026-11-24 01:49:39`. */
export function shortTime(timestamp: string): string {
  return timestamp.slice(0, 19).replace('T', ' ');
}
