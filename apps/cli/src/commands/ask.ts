/** `forge ask`. @module */
import type { AskAnswerBody, CallOf, Client, Operations } from '@forge-cascade/api';
import type { CommandContext } from '../command-context.js';
import { LiveText } from '../output/live-text.js';
import { printable, wrap, type Paint } from '../output/paint.js';
import { CommandFailure } from '../usage-error.js';
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
    if (context.terminal.watched && !context.json) {
      const answer = await follow(context, client, body);
      context.print(answer, () => describeRest(context, answer, flags.timing ?? false).join('\n'));
      return;
    }
    const answer = (await client.ask({ body })).body;
    context.print(answer, () => describe(context, answer, flags.timing ?? false));
  });
}

/** Prints the answer while it is made. */
async function follow({ paint, terminal }: CommandContext, client: Client, body: AskBody): Promise<AskAnswerBody> {
  const text = new LiveText(terminal, columnsOf(terminal), (word) => marked(paint, word));
  let said = '';
  for await (const { event, data } of client.ask.stream({ body })) {
    if (event === 'delta') {
      said += data.text;
      text.write(data.text);
    } else if (event === 'restart') {
      said = '';
      text.endLine();
      text.write(`(That is void: ${RESTARTED[data.reason] ?? data.reason}. Again:)\n`);
    } else if (event === 'done') {
      // What counts is the whole answer; it differs only if a server has kept back its text.
      if (said !== data.answer) text.write(data.answer);
      text.endLine();
      terminal.out('\n');
      return data;
    }
  }
  throw new CommandFailure('The answer broke off.', 'Ask again.');
}

const RESTARTED: Readonly<Record<string, string>> = {
  timeout: 'the answer provider did not end in time',
  rate_limited: 'the answer provider is turning requests away',
  quota: 'the answer provider has no allowance left',
  unauthorized: 'the answer provider does not accept the key',
  unavailable: 'the answer provider failed',
  bad_answer: 'the answer provider gave an answer that cannot be used',
  refused: 'the answer provider refused',
  source_withdrawn: 'a source was withdrawn meanwhile',
};

function columnsOf(terminal: CommandContext['terminal']): number {
  return Math.min(terminal.columns, 100);
}

/** What no source says must not look like the rest. */
function marked(paint: Paint, text: string): string {
  return text.replaceAll('[unsupported]', (mark) => paint('yellow', mark));
}

function describe(context: CommandContext, answer: AskAnswerBody, timing: boolean): string {
  const text = marked(context.paint, wrap(answer.answer, columnsOf(context.terminal)));
  return [text, '', ...describeRest(context, answer, timing)].join('\n');
}

/** Everything about an answer but its text. */
function describeRest({ paint, terminal }: CommandContext, answer: AskAnswerBody, timing: boolean): readonly string[] {
  const columns = columnsOf(terminal);
  const lines: string[] = [];
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
  lines.push(
    paint('dim', `${makerOf(answer)}${answer.cached ? ', answered before' : ''}`),
    paint('dim', `audit: forge audit --correlation ${answer.correlation_id}`),
  );
  return lines;
}

/** Who made it, as its last lines say. */
export function makerOf({
  provider,
  model,
  citations,
}: Pick<AskAnswerBody, 'provider' | 'model' | 'citations'>): string {
  if (provider !== 'extractive') return `${provider} ${model}`;
  return citations.length > 0 ? 'quoted from the sources' : 'looked for in the sources, nothing quoted';
}
