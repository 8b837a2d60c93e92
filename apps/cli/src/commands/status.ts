/**
 * `forge status`.
 * @module
 */
import { present, withMemory, type CommandContext, type CommonOptions } from '../command-context.js';
import { fields } from '../output/describe-capsule.js';
import { painter } from '../output/paint.js';

export async function showStatus(context: CommandContext, options: CommonOptions): Promise<void> {
  const paint = painter(context.terminal.colour);
  await withMemory(context, options, async (client, { where }) => {
    const { body } = await client.getHealth();
    present(context, options, body, (health) =>
      fields(
        [
          ['memory', where],
          ['state', health.status === 'ok' ? paint('green', 'ok') : paint('yellow', health.status)],
          ['version', `${health.version}, ${health.engine} engine`],
          ['ledger', `${health.origin}, ${count(health.ledger_size, 'entry', 'entries')}`],
          ['capsules', `${health.heads} (${count(health.capsules, 'version')})`],
          ['search', health.search_lag === 0 ? 'up to date' : `${count(health.search_lag, 'capsule')} behind`],
          ['trust', health.trust_propagations === 0 ? 'settled' : `${count(health.trust_propagations, 'change')} on the way`],
          ['outbox', `${health.outbox.pending} pending${health.outbox.failing === 0 ? '' : `, ${health.outbox.failing} failing`}`],
          ['up', `${Math.round(health.uptime_s)} s`],
        ],
        paint,
      ),
    );
  });
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
