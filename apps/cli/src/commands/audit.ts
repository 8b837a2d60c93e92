/**
 * `forge audit`.
 * @module
 */
import { present, withMemory, type CommandContext, type CommonOptions } from '../command-context.js';
import { findCapsule } from '../connect/find-capsule.js';
import { painter } from '../output/paint.js';
import { renderTable } from '../output/table.js';

export interface AuditOptions extends CommonOptions {
  readonly entity?: string;
  readonly series?: string;
  readonly type?: string;
  readonly actor?: string;
  readonly correlation?: string;
  readonly from?: string;
  readonly to?: string;
  readonly order?: 'newest' | 'oldest';
  readonly limit?: number;
  readonly cursor?: string;
}

export async function audit(context: CommandContext, options: AuditOptions): Promise<void> {
  const { terminal } = context;
  await withMemory(context, options, async (client) => {
    const series =
      options.series === undefined
        ? undefined
        : (await client.getCapsule({ params: { id: await findCapsule(client, options.series) } })).body.series_id;
    const { body } = await client.getAuditLog({
      query: {
        ...(options.entity !== undefined && { entity: options.entity }),
        ...(series !== undefined && { series }),
        ...(options.type !== undefined && { type: options.type }),
        ...(options.actor !== undefined && { actor: options.actor }),
        ...(options.correlation !== undefined && { correlation_id: options.correlation }),
        ...(options.from !== undefined && { from: options.from }),
        ...(options.to !== undefined && { to: options.to }),
        ...(options.order !== undefined && { order: options.order }),
        ...(options.limit !== undefined && { limit: options.limit }),
        ...(options.cursor !== undefined && { cursor: options.cursor }),
      },
    });
    const paint = painter(terminal.colour);
    present(context, options, body, ({ items, next_cursor }) => {
      const table = renderTable(
        items,
        [
          { head: 'seq', of: ({ seq }) => String(seq), align: 'right' },
          { head: 'when', of: ({ timestamp }) => timestamp },
          { head: 'event', of: ({ type }) => type },
          { head: 'on', of: ({ entity_id }) => entity_id },
          { head: 'what', of: ({ payload }) => subjectOf(payload), flexible: true },
        ],
        terminal.columns,
        paint,
      );
      const more = next_cursor === null ? '' : `${paint('dim', `More with --cursor ${next_cursor}`)}\n`;
      return table === '' ? 'No entries.\n' : table + more;
    });
  });
}

/** The words of a payload that tell an entry from its neighbours. */
function subjectOf(payload: Readonly<Record<string, unknown>> | null): string {
  if (payload === null) return '(erased)';
  for (const field of ['title', 'query', 'reason', 'origin', 'kind', 'key']) {
    const value = payload[field];
    if (typeof value === 'string' && value !== '') return value;
  }
  return '';
}
