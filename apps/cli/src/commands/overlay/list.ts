/** `forge overlay list`. @module */
import type { CommandContext } from '../../command-context.js';
import { renderTable } from '../../output/table.js';

export async function listCommand(context: CommandContext): Promise<void> {
  await context.withClient(async (client) => {
    const { body } = await client.listOverlays({});
    context.print(body, () =>
      body.items.length === 0
        ? 'There are no overlays. Install one: forge overlay install FOLDER'
        : renderTable(
            body.items,
            [
              { head: 'id', of: ({ id }) => id },
              { head: 'version', of: ({ version }) => version },
              { head: 'state', of: ({ state }) => state },
              { head: 'trust', of: ({ trust_level }) => String(trust_level), align: 'right' },
              { head: 'module', of: ({ wasm_hash }) => wasm_hash.slice(0, 12) },
              { head: 'why', of: ({ reason }) => reason ?? '', flexible: true },
            ],
            context.terminal.columns,
            context.paint,
          ),
    );
  });
}
