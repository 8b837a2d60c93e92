/** `forge search`. @module */
import type { CallOf, Operations } from '@forge-cascade/api';
import type { CommandContext } from '../command-context.js';
import { standingOf, titleOf } from '../output/capsule-text.js';
import { printable, wrap } from '../output/paint.js';
import { present } from './capsule-write.js';

interface Flags {
  readonly limit?: number;
  readonly cursor?: string;
  readonly minTrust?: number;
  readonly type?: readonly string[];
  readonly tag?: readonly string[];
  readonly owner?: string;
  readonly collection?: string;
  readonly asOf?: string;
  readonly validAt?: string;
  readonly explain?: boolean;
}

type SearchBody = CallOf<Operations['postSearch']>['body'];

export async function searchCommand(context: CommandContext, words: readonly string[], flags: Flags): Promise<void> {
  const { paint, terminal } = context;
  await context.withClient(async (client) => {
    const body = present({
      q: words.join(' '),
      limit: flags.limit,
      cursor: flags.cursor,
      min_trust: flags.minTrust,
      type: flags.type,
      tag: flags.tag,
      owner: flags.owner,
      collection: flags.collection,
      as_of: flags.asOf,
      valid_at: flags.validAt,
      explain: flags.explain,
    }) as SearchBody;
    const answer = (await client.postSearch({ body })).body;
    context.print(answer, () => {
      if (answer.items.length === 0) return 'Nothing found.';
      const hits = answer.items.flatMap(({ capsule, score, passage, explain }, i) => [
        `${String(i + 1).padStart(2)}. ${paint('bold', printable(titleOf(capsule)))}  ${paint('dim', `${score.toFixed(2)}  v${capsule.version}`)}  ${standingOf(capsule, paint)}`,
        wrap(passage.text.replace(/\s+/g, ' '), Math.min(terminal.columns, 100), '    '),
        ...(explain === undefined ? [] : [paint('dim', `    ${explained(explain)}`)]),
        paint('dim', `    ${capsule.id}`),
      ]);
      const more = answer.next_cursor === null ? [] : [paint('dim', `More: --cursor ${answer.next_cursor}`)];
      return [...hits, ...more].join('\n');
    });
  });
}

function explained(parts: Readonly<Record<string, number>>): string {
  const told = Object.entries(parts).filter(([, value]) => value > 0.0005);
  return told.map(([channel, value]) => `${channel} ${value.toFixed(3)}`).join(' + ') || 'nothing but its place';
}
