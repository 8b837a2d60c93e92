/** `forge similar`. @module */
import type { CallOf, Operations } from '@forge-cascade/api';
import type { CommandContext } from '../command-context.js';
import { hitLines } from '../output/hit-text.js';
import { resolveReference } from '../resolve-reference.js';
import { present } from './capsule-write.js';
import { filterFields, type FilterFlags } from './search-filter.js';

interface Flags extends FilterFlags {
  readonly limit?: number;
}

type SimilarQuery = NonNullable<CallOf<Operations['listSimilar']>['query']>;

export async function similarCommand(
  context: CommandContext,
  [reference = '']: readonly string[],
  flags: Flags,
): Promise<void> {
  await context.withClient(async (client) => {
    const id = await resolveReference(client, reference);
    const query = { ...filterFields(flags), ...present({ limit: flags.limit }) } as SimilarQuery;
    const answer = (await client.listSimilar({ params: { id }, query })).body;
    context.print(answer, () => {
      if (answer.items.length === 0) return 'Nothing is like it.';
      const by = answer.model === null ? 'Judged by their words.' : `Judged by ${answer.model}.`;
      return [...answer.items.flatMap((item, i) => hitLines(item, i + 1, context)), context.paint('dim', by)].join(
        '\n',
      );
    });
  });
}
