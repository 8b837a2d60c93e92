/** `forge overlay replay`. @module */
import type { CommandContext } from '../../command-context.js';
import { inOneLine } from '../../output/paint.js';

export async function replayCommand(context: CommandContext, [id = '']: readonly string[]): Promise<void> {
  await context.withClient(async (client) => {
    const { body } = await client.replayReceipt({ params: { id }, body: {} });
    if (!body.same) context.fail();
    const calls = body.calls === 1 ? '1 call' : `${body.calls} calls`;
    context.print(body, () =>
      body.same
        ? `The same: ${calls} of ${body.overlay_id} made again, fuel ${body.fuel}.`
        : [
            `Not the same: ${calls} of ${body.overlay_id} made again.`,
            ...body.differences.map((one) => `  ${inOneLine(one)}`),
          ].join('\n'),
    );
  });
}
