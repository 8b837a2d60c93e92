/** `forge cascade`. @module */
import { cascadeTree, type CascadeBranch } from '@forge-cascade/core';
import type { CascadeBody } from '@forge-cascade/api';
import type { CommandContext } from '../../command-context.js';
import { shortTime } from '../../output/capsule-text.js';
import type { Paint } from '../../output/paint.js';

export async function cascadeCommand(context: CommandContext, [id = '']: readonly string[]): Promise<void> {
  await context.withClient(async (client) => {
    const { body } = await client.getCascade({ params: { id } });
    context.print(body, () => drawCascade(body, context.paint));
  });
}

/** Each publication under what led to it; what was cut says why. */
export function drawCascade(cascade: CascadeBody, paint: Paint): string {
  const steps = cascade.steps.map(({ published_by: publishedBy, receipt_id: receiptId, timestamp: at, ...step }) => ({
    ...step,
    at,
    publishedBy,
    receiptId,
    publicationId: null,
    payload: null,
  }));
  const hops = cascade.hops === 1 ? '1 hop' : `${cascade.hops} hops`;
  return [
    ...branchLines(cascadeTree(steps), '', paint),
    paint('dim', `${hops}, at most ${cascade.depth} in a row${cascade.truncated ? '; there are more' : ''}`),
  ].join('\n');
}

function branchLines(branches: readonly CascadeBranch[], indent: string, paint: Paint): string[] {
  return branches.flatMap(({ step, leads }, i) => {
    const last = i === branches.length - 1;
    const cut = step.cut === null ? '' : ` ${paint('yellow', step.cut)}`;
    const handler = step.handler === null ? '' : `.${step.handler}`;
    const line = `${indent}${last ? '└─' : '├─'} ${step.source} ─ ${paint('bold', step.type)} → ${step.target}${handler}${cut}`;
    return [
      `${line}  ${paint('dim', shortTime(step.at))}`,
      ...branchLines(leads, `${indent}${last ? '   ' : '│  '}`, paint),
    ];
  });
}
