/** `forge capsule get|history`. @module */
import type { CommandContext } from '../command-context.js';
import { describeCapsule, shortTime, standingOf, titleOf } from '../output/capsule-text.js';
import { painter } from '../output/paint.js';
import { renderTable } from '../output/table.js';
import { resolveReference } from '../resolve-reference.js';

export async function getCommand(context: CommandContext, [reference = '']: readonly string[]): Promise<void> {
  await context.withClient(async (client) => {
    const { body } = await client.getCapsule({ params: { id: await resolveReference(client, reference) } });
    context.print(body, () => describeCapsule(body, context.paint));
  });
}

export async function historyCommand(context: CommandContext, [reference = '']: readonly string[]): Promise<void> {
  await context.withClient(async (client) => {
    const { body } = await client.listVersions({ params: { id: await resolveReference(client, reference) } });
    context.print(body, () =>
      renderTable(
        body.items,
        [
          { head: 'version', of: ({ version, is_head }) => `${version}${is_head ? ' ←' : ''}` },
          { head: 'id', of: ({ id }) => id },
          { head: 'created (UTC)', of: ({ created_at }) => shortTime(created_at) },
          { head: 'standing', of: (capsule) => standingOf(capsule, painter(false)) },
          { head: 'title', of: titleOf, flexible: true },
        ],
        context.terminal.columns,
        context.paint,
      ),
    );
  });
}
