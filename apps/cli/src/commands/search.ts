/**
 * `forge search`.
 * @module
 */
import type { SearchAnswerBody } from '@forge-cascade/api';
import type { CapsuleType } from '@forge-cascade/core';
import { present, withMemory, type CommandContext, type CommonOptions } from '../command-context.js';
import { standingOf, titleOf } from '../output/describe-capsule.js';
import { painter, printable, wrap, type Paint } from '../output/paint.js';
import { UsageError } from '../usage-error.js';

export interface SearchOptions extends CommonOptions {
  readonly limit?: number;
  readonly cursor?: string;
  readonly minTrust?: number;
  readonly type?: CapsuleType[];
  readonly tag?: string[];
  readonly owner?: string;
  readonly collection?: string;
  readonly asOf?: string;
  readonly validAt?: string;
  readonly explain?: boolean;
  readonly content?: boolean;
  readonly includeArchived?: boolean;
  readonly includeRetracted?: boolean;
}

export async function search(context: CommandContext, words: readonly string[], options: SearchOptions): Promise<void> {
  const q = words.join(' ').trim();
  if (q === '') throw new UsageError('Say what to look for.');
  const { terminal } = context;
  await withMemory(context, options, async (client) => {
    const { body } = await client.postSearch({
      body: {
        q,
        ...(options.limit !== undefined && { limit: options.limit }),
        ...(options.cursor !== undefined && { cursor: options.cursor }),
        ...(options.minTrust !== undefined && { min_trust: options.minTrust }),
        ...(options.type !== undefined && { type: options.type }),
        ...(options.tag !== undefined && { tag: options.tag }),
        ...(options.owner !== undefined && { owner: options.owner }),
        ...(options.collection !== undefined && { collection: options.collection }),
        ...(options.asOf !== undefined && { as_of: options.asOf }),
        ...(options.validAt !== undefined && { valid_at: options.validAt }),
        ...(options.explain === true && { explain: true }),
        ...(options.content === true && { include: 'content' as const }),
        ...(options.includeArchived === true && { include_archived: true }),
        ...(options.includeRetracted === true && { include_retracted: true }),
      },
    });
    present(context, options, body, (found) => describeHits(found, terminal.columns, painter(terminal.colour)));
  });
}

function describeHits({ items, next_cursor }: SearchAnswerBody, columns: number, paint: Paint): string {
  if (items.length === 0) return 'Nothing found.\n';
  const numberWidth = String(items.length).length;
  const indent = ' '.repeat(numberWidth + 2);
  const blocks = items.map(({ capsule, score, passage, explain, content }, at) => {
    const number = String(at + 1).padStart(numberWidth);
    const facts = [`score ${score.toFixed(2)}`, capsule.type, `v${capsule.version}`, standingOf(capsule, paint)];
    const channels = Object.entries(explain ?? {}).map(([channel, share]) => `${channel} ${share.toFixed(3)}`);
    return [
      `${number}  ${paint('bold', titleOf(capsule))}`,
      `${indent}${facts.join(' · ')}`,
      `${indent}${paint('dim', capsule.key === null ? capsule.id : `${capsule.id} · ${printable(capsule.key)}`)}`,
      ...(channels.length === 0 ? [] : [`${indent}${paint('dim', channels.join(' · '))}`]),
      content === undefined ? wrap(passage.text.replace(/\s+/g, ' ').trim(), columns, indent) : wrap(content, columns, indent),
    ].join('\n');
  });
  const more = next_cursor === null ? '' : `\n${paint('dim', `More with --cursor ${next_cursor}`)}\n`;
  return `${blocks.join('\n\n')}\n${more}`;
}
