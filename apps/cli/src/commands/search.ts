/** `forge search`. @module */
import type { CallOf, Operations } from '@forge-cascade/api';
import type { CommandContext } from '../command-context.js';
import { hitLines, whyNotLines } from '../output/hit-text.js';
import { resolveReference } from '../resolve-reference.js';
import { present } from './capsule-write.js';
import { filterFields, type FilterFlags } from './search-filter.js';

interface Flags extends FilterFlags {
  readonly limit?: number;
  readonly cursor?: string;
  readonly whyNot?: string;
  readonly explain?: boolean;
}

type SearchBody = CallOf<Operations['postSearch']>['body'];

export async function searchCommand(context: CommandContext, words: readonly string[], flags: Flags): Promise<void> {
  const { paint } = context;
  await context.withClient(async (client) => {
    const body = present({
      q: words.join(' '),
      limit: flags.limit,
      cursor: flags.cursor,
      ...filterFields(flags),
      why_not: flags.whyNot === undefined ? undefined : await resolveReference(client, flags.whyNot),
      explain: flags.explain,
    }) as SearchBody;
    const answer = (await client.postSearch({ body })).body;
    context.print(answer, () => {
      const missed = answer.why_not === undefined ? [] : whyNotLines(answer.why_not, context);
      if (answer.items.length === 0) return ['Nothing found.', ...missed].join('\n');
      const hits = answer.items.flatMap((item, i) => hitLines(item, i + 1, context, item.explanation ?? []));
      const more = answer.next_cursor === null ? [] : [paint('dim', `More: --cursor ${answer.next_cursor}`)];
      return [...hits, ...more, ...missed].join('\n');
    });
  });
}
