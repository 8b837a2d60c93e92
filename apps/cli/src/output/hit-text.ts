/** Hits of a search as lines for people. @module */
import type { CapsuleHeaderBody, SearchAnswerBody } from '@forge-cascade/api';
import type { CommandContext } from '../command-context.js';
import { standingOf, titleOf } from './capsule-text.js';
import { printable, wrap } from './paint.js';

interface Hit {
  readonly capsule: CapsuleHeaderBody;
  readonly score: number;
  readonly passage: { readonly text: string };
}

/** `rank` counts from 1; `more` are lines about this hit, indented like its passage. */
export function hitLines(
  { capsule, score, passage }: Hit,
  rank: number,
  { paint, terminal }: Pick<CommandContext, 'paint' | 'terminal'>,
  more: readonly string[] = [],
): string[] {
  const columns = Math.min(terminal.columns, 100);
  return [
    `${String(rank).padStart(2)}. ${paint('bold', printable(titleOf(capsule)))}  ${paint('dim', `${score.toFixed(2)}  v${capsule.version}`)}  ${standingOf(capsule, paint)}`,
    wrap(passage.text.replace(/\s+/g, ' '), columns, '    '),
    ...more.map((line) => paint('dim', wrap(line, columns, '    '))),
    paint('dim', `    ${capsule.id}`),
  ];
}

const VERDICTS = {
  shown: 'is shown',
  further_down: 'is further down',
  kept_out: 'is kept out',
  no_match: 'does not match',
} as const;

/** Why a capsule is not among the hits, in sentences. */
export function whyNotLines(
  { capsule_id, verdict, words }: NonNullable<SearchAnswerBody['why_not']>,
  { paint, terminal }: Pick<CommandContext, 'paint' | 'terminal'>,
): string[] {
  const columns = Math.min(terminal.columns, 100);
  return ['', paint('bold', `${capsule_id} ${VERDICTS[verdict]}:`), ...words.map((line) => wrap(line, columns, '  '))];
}
