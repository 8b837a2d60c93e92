/** `forge overlay enable`. @module */
import type { CommandContext } from '../../command-context.js';

export async function enableCommand(context: CommandContext, [id = '']: readonly string[]): Promise<void> {
  await context.withClient(async (client) => {
    const { body } = await client.enableOverlay({ params: { id } });
    context.print(body, () => `${body.id} ${body.version} is ${body.state}.`);
  });
}
