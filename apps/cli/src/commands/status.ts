/** `forge status`. @module */
import type { HealthBody } from '@forge-cascade/api';
import type { CommandContext } from '../command-context.js';

export async function statusCommand(context: CommandContext): Promise<void> {
  await context.withClient(async (client, where) => {
    const { body } = await client.getHealth();
    context.print(body, () =>
      [
        `${context.paint(body.status === 'ok' ? 'green' : 'yellow', body.status)}  Forge Cascade ${body.version}, ${body.engine} engine, ${where}`,
        `${body.heads} series in ${body.capsules} versions, ${body.ledger_size} ledger entries`,
        `ledger ${body.origin}`,
        ...(body.moved_to === null ? [] : [movedTo(body.moved_to)]),
        embeddingsLine(body.embeddings),
        answersOf(body),
        `search lag ${body.search_lag}, trust changes on their way ${body.trust_propagations}, outbox ${body.outbox.pending} (${body.outbox.failing} failing)`,
      ].join('\n'),
    );
  });
}

function movedTo({ origin, engine, address }: NonNullable<HealthBody['moved_to']>): string {
  return `sealed: it moved to ${engine}${address === null ? '' : ` at ${address}`} and goes on as ${origin}; only reading is possible here`;
}

/** What reads capsules by meaning, and how far it is. */
function embeddingsLine(embeddings: HealthBody['embeddings']): string {
  if (embeddings === null) return 'search by words alone';
  const { serving, ranks, target, embedded, lag, failing } = embeddings;
  const stopped = failing === null ? '' : failing === 'not_set_up' ? `; ${NOT_SET_UP}` : `; stopped: ${failing}`;
  if (serving === null) {
    if (target === null) return `search by words alone: no model has read anything yet${stopped}`;
    return `search by words, alike by ${target} once the ${embedded + lag} versions are read (${embedded} so far)${stopped}`;
  }
  const now = ranks ? `search by words and meaning (${serving})` : `search by words, alike by ${serving}`;
  const coming = target === null || target === serving ? '' : `, changing to ${target}`;
  const progress = lag === 0 ? '' : `, ${embedded} of ${embedded + lag} versions read`;
  return `${now}${coming}${progress}${stopped}`;
}

const NOT_SET_UP = 'its model is not set up here (FORGE_EMBEDDINGS), so it reads neither questions nor what is new';

function answersOf({ answers }: HealthBody): string {
  const { provider, model, strong_model: strong, fallback, available } = answers;
  if (provider === 'extractive') return 'answers quoted from the sources';
  const models = strong === model ? model : `${model}, for hard questions ${strong}`;
  const standIn = fallback === 'none' ? 'no fallback' : `fallback ${fallback}`;
  return `answers by ${provider} ${models}, ${standIn}${available ? '' : ', not answering at present'}`;
}
