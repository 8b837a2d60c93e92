/** `forge ask`. @module */
import type { AskAnswerBody, CallOf, Operations } from '@forge-cascade/api';
import type { CommandContext } from '../command-context.js';
import { printable, wrap } from '../output/paint.js';
import { present } from './capsule-write.js';

interface Flags {
  readonly limit?: number;
  readonly minTrust?: number;
  readonly collection?: string;
  readonly asOf?: string;
  readonly save?: boolean;
  readonly timing?: boolean;
}

type AskBody = CallOf<Operations['ask']>['body'];

export async function askCommand(context: CommandContext, words: readonly string[], flags: Flags): Promise<void> {
  await context.withClient(async (client) => {
    const body = present({
      query: words.join(' '),
      limit: flags.limit,
      min_trust: flags.minTrust,
      collection: flags.collection,
      as_of: flags.asOf,
      save_as_capsule: flags.save,
    }) as AskBody;
    const answer = (await client.ask({ body })).body;
    context.print(answer, () => describe(context, answer, flags.timing ?? false));
  });
}

function describe({ paint, terminal }: CommandContext, answer: AskAnswerBody, timing: boolean): string {
  const columns = Math.min(terminal.columns, 100);
  const lines = [wrap(answer.answer, columns), ''];
  answer.citations.forEach((citation, i) => {
    const marks = [
      citation.tainted ? paint('red', 'tainted') : '',
      citation.warned ? paint('yellow', 'warned') : '',
    ].filter(Boolean);
    const standing = [`chain trust ${citation.chain_trust}`, ...marks].join(', ');
    lines.push(
      `${paint('cyan', `[${i + 1}]`)} ${paint('bold', printable(citation.title ?? citation.capsule_id))}  ${paint('dim', `v${citation.version}`)}  ${standing}`,
      wrap(`“${citation.quote.replace(/\s+/g, ' ')}”`, columns, '    '),
      paint('dim', `    ${citation.capsule_id}`),
    );
  });
  for (const warning of answer.warnings) lines.push(paint('yellow', wrap(warning, columns)));
  if (timing) {
    const phases = Object.entries(answer.timing.phases).map(([phase, ms]) => `${phase} ${ms.toFixed(1)}`);
    lines.push(paint('dim', `${answer.timing.total_ms.toFixed(1)} ms: ${phases.join(', ')}`));
  }
  lines.push(paint('dim', `audit: forge audit --correlation ${answer.correlation_id}`));
  return lines.join('\n');
}
