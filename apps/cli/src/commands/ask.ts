/**
 * `forge ask`.
 * @module
 */
import type { AskAnswerBody } from '@forge-cascade/api';
import { present, withMemory, type CommandContext, type CommonOptions } from '../command-context.js';
import { titleOf } from '../output/describe-capsule.js';
import { painter, wrap, type Paint } from '../output/paint.js';
import { UsageError } from '../usage-error.js';

export interface AskOptions extends CommonOptions {
  readonly limit?: number;
  readonly minTrust?: number;
  readonly collection?: string;
  readonly asOf?: string;
  readonly requiredTrust?: number;
  readonly save?: boolean;
}

export async function ask(context: CommandContext, words: readonly string[], options: AskOptions): Promise<void> {
  const query = words.join(' ').trim();
  if (query === '') throw new UsageError('Ask something.');
  const { terminal } = context;
  await withMemory(context, options, async (client) => {
    const { body } = await client.ask({
      body: {
        query,
        ...(options.limit !== undefined && { limit: options.limit }),
        ...(options.minTrust !== undefined && { min_trust: options.minTrust }),
        ...(options.collection !== undefined && { collection: options.collection }),
        ...(options.asOf !== undefined && { as_of: options.asOf }),
        ...(options.requiredTrust !== undefined && { required_trust: options.requiredTrust }),
        ...(options.save === true && { save_as_capsule: true }),
      },
    });
    present(context, options, body, (answer) => describeAnswer(answer, terminal.columns, painter(terminal.colour)));
    if (options.timing === true) {
      const phases = Object.entries(body.timing.phases).map(([phase, ms]) => `${phase} ${ms.toFixed(1)}`);
      terminal.err(`answer in ${body.timing.total_ms.toFixed(1)} ms: ${phases.join(', ')}\n`);
    }
  });
}

function describeAnswer(answer: AskAnswerBody, columns: number, paint: Paint): string {
  const parts = [wrap(answer.answer.trim(), Math.min(columns, 100)), ''];
  if (answer.citations.length > 0) parts.push(paint('dim', 'Rests on'));
  const width = String(answer.citations.length).length;
  answer.citations.forEach((citation, at) => {
    const number = `[${at + 1}]`.padStart(width + 2);
    const indent = ' '.repeat(width + 3);
    const trust = [`v${citation.version}`, `chain trust ${citation.chain_trust}`];
    if (citation.tainted) trust.push(paint('red', 'tainted'));
    else if (citation.warned) trust.push(paint('yellow', 'cites something bad'));
    const { weakest } = citation.lineage;
    if (weakest.depth > 0 && weakest.trust_level < 60) trust.push(`because of ${titleOf(weakest)}`);
    parts.push(
      `${number} ${paint('bold', titleOf(citation))} · ${trust.join(' · ')}`,
      wrap(`“${citation.quote.replace(/\s+/g, ' ').trim()}”`, Math.min(columns, 100), indent),
      `${indent}${paint('dim', citation.capsule_id)}`,
    );
  });
  for (const warning of answer.warnings) parts.push('', paint('yellow', wrap(`Warning: ${warning}`, Math.min(columns, 100))));
  parts.push('', paint('dim', `correlation ${answer.correlation_id}`), '');
  return parts.join('\n');
}
