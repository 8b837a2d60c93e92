/** `forge audit`. @module */
import type { CommandContext } from '../command-context.js';
import { shortTime } from '../output/capsule-text.js';
import { renderTable } from '../output/table.js';
import { resolveReference } from '../resolve-reference.js';
import { present } from './capsule-write.js';

interface Flags {
  readonly limit?: number;
  readonly cursor?: string;
  readonly capsule?: string;
  readonly type?: string;
  readonly from?: string;
  readonly to?: string;
  readonly correlation?: string;
}

/** Columns from which a line takes two ids. */
const WIDE = 120;

export async function auditCommand(context: CommandContext, _args: readonly string[], flags: Flags): Promise<void> {
  await context.withClient(async (client) => {
    const series = flags.capsule === undefined ? undefined : await seriesOf(flags.capsule);
    const query = present({
      limit: flags.limit ?? 20,
      cursor: flags.cursor,
      series,
      type: flags.type === undefined ? undefined : entryType(flags.type),
      from: flags.from,
      to: flags.to,
      correlation_id: flags.correlation,
    });
    const { body } = await client.getAuditLog({ query });
    context.print(body, () => {
      if (body.items.length === 0) return 'Nothing found.';
      return [
        renderTable(
          body.items,
          [
            { head: 'seq', of: ({ seq }) => String(seq), align: 'right' },
            { head: 'at (UTC)', of: ({ timestamp }) => shortTime(timestamp) },
            { head: 'event', of: ({ type }) => type.replace(FORMAT, ''), flexible: true },
            { head: 'entity', of: ({ entity_id }) => entity_id },
            // Beside a second id nothing else fits into the usual width.
            ...(context.terminal.columns >= WIDE
              ? [{ head: 'actor', of: ({ actor }: { readonly actor: string }) => actor }]
              : []),
          ],
          context.terminal.columns,
          context.paint,
        ),
        ...(body.next_cursor === null ? [] : [context.paint('dim', `More: --cursor ${body.next_cursor}`)]),
      ].join('');
    });

    async function seriesOf(reference: string): Promise<string> {
      const id = await resolveReference(client, reference);
      return (await client.getCapsule({ params: { id } })).body.series_id;
    }
  });
}

const FORMAT = /\.v\d+$/;

/** The table shows types without the format of their payload, which so far is the first of all. */
export function entryType(type: string): string {
  return FORMAT.test(type) ? type : `${type}.v1`;
}
