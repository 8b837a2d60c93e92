/** Capsules as lines for people. @module */
import type { CapsuleBody, CapsuleHeaderBody, NearDuplicateBody } from '@forge-cascade/api';
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

/** One line about a capsule that says nearly the same, seen from the new one: `it`. */
export function describeNearDuplicate(near: NearDuplicateBody, paint: Paint): string {
  const title = printable((near.title ?? '(untitled)').replace(/\s+/g, ' '));
  return `${paint('yellow', sharedWords(near, title))}  ${near.id}`;
}

/** Which way round: a text that holds all of another may add what revokes it. */
function sharedWords(near: NearDuplicateBody, title: string): string {
  const { resemblance, in_this: inThis, in_new: inNew, collection, parts } = near;
  if (parts > 1) return `${parts} parts or more of ${printable(collection ?? '')} are in it, such as ${title}`;
  if (resemblance === 1) return `the same words as ${title}`;
  if (inNew === 1) return `all the words of ${title} are in it, and more`;
  if (inThis === 1) return `its words are all in ${title}, which says more`;
  // Rounded down: only what is the same is called so.
  const [ofOther, ofIt] = [Math.floor(inNew * 100), Math.floor(inThis * 100)];
  if (Math.abs(ofOther - ofIt) < 5) return `${Math.min(ofOther, ofIt)} % the same words as ${title}`;
  return ofOther > ofIt ? `${ofOther} % of the words of ${title} are in it` : `${ofIt} % of its words are in ${title}`;
}

/** A timestamp of the API as tables show it, under a heading that says UTC: `2026-11-24 01:49:39`. */
export function shortTime(timestamp: string): string {
  return timestamp.slice(0, 19).replace('T', ' ');
}
