/** `forge status`. @module */
import type { CommandContext } from '../command-context.js';

export async function statusCommand(context: CommandContext): Promise<void> {
  await context.withClient(async (client, where) => {
    const { body } = await client.getHealth();
    context.print(body, () =>
      [
        `${context.paint(body.status === 'ok' ? 'green' : 'yellow', body.status)}  Forge Cascade ${body.version}, ${body.engine} engine, ${where}`,
        `${body.heads} series in ${body.capsules} versions, ${body.ledger_size} ledger entries`,
        `ledger ${body.origin}`,
        `search lag ${body.search_lag}, trust changes on their way ${body.trust_propagations}, outbox ${body.outbox.pending} (${body.outbox.failing} failing)`,
      ].join('\n'),
    );
  });
}
