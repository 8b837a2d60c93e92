/** `forge overlay disable`. @module */
import type { CommandContext } from '../../command-context.js';

interface Flags {
  readonly reason?: string;
}

export async function disableCommand(
  context: CommandContext,
  [id = '']: readonly string[],
  { reason }: Flags,
): Promise<void> {
  await context.withClient(async (client) => {
    const { body } = await client.disableOverlay({ params: { id }, body: reason === undefined ? {} : { reason } });
    context.print(body, () => `${body.id} ${body.version} is ${body.state}.`);
  });
}
