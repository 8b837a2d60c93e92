/** `forge capsule archive|unarchive|revert|trust|quarantine|retract`. @module */
import type { CallOf, Operations } from '@forge-cascade/api';
import type { CommandContext } from '../command-context.js';
import { describeWrite, shortTime, standingOf } from '../output/capsule-text.js';
import { renderTable } from '../output/table.js';
import { resolveReference } from '../resolve-reference.js';
import { UsageError } from '../usage-error.js';
import { jsonObject, present } from './capsule-write.js';

interface Flags {
  readonly reason?: string;
  readonly to?: string;
  readonly lift?: boolean;
  readonly level?: number;
  readonly signal?: string;
  readonly evidence?: string;
}

export async function archiveCommand(
  context: CommandContext,
  [reference = '']: readonly string[],
  flags: Flags,
): Promise<void> {
  await context.withClient(async (client) => {
    const id = await resolveReference(client, reference);
    const { body } = await client.archiveCapsule({ params: { id }, query: present({ reason: flags.reason }) });
    context.print(body, () => describeWrite('Archived', body, context.paint));
  });
}

export async function unarchiveCommand(
  context: CommandContext,
  [reference = '']: readonly string[],
  flags: Flags,
): Promise<void> {
  await context.withClient(async (client) => {
    const id = await resolveReference(client, reference);
    const { body } = await client.unarchiveCapsule({ params: { id }, body: present({ reason: flags.reason }) });
    context.print(body, () => describeWrite('Brought back', body, context.paint));
  });
}

export async function revertCommand(
  context: CommandContext,
  [reference = '']: readonly string[],
  flags: Flags,
): Promise<void> {
  await context.withClient(async (client) => {
    const id = await resolveReference(client, reference);
    const { body } = await client.revertCapsule({
      params: { id },
      body: present({ to: flags.to, reason: flags.reason }),
    });
    context.print(body, () => describeWrite('Reverted', body, context.paint));
  });
}

export async function quarantineCommand(
  context: CommandContext,
  [reference = '']: readonly string[],
  flags: Flags,
): Promise<void> {
  const body = { reason: reasonOf(flags), lift: flags.lift ?? false };
  await context.withClient(async (client) => {
    const id = await resolveReference(client, reference);
    const answer = await client.quarantineCapsule({ params: { id }, body });
    context.print(answer.body, () => describeWrite(body.lift ? 'Released' : 'Quarantined', answer.body, context.paint));
  });
}

export async function retractCommand(
  context: CommandContext,
  [reference = '']: readonly string[],
  flags: Flags,
): Promise<void> {
  const body = { reason: reasonOf(flags), lift: flags.lift ?? false };
  await context.withClient(async (client) => {
    const id = await resolveReference(client, reference);
    const answer = await client.retractCapsule({ params: { id }, body });
    context.print(answer.body, () => describeWrite(body.lift ? 'Reinstated' : 'Retracted', answer.body, context.paint));
  });
}

export async function trustCommand(
  context: CommandContext,
  [reference = '']: readonly string[],
  flags: Flags,
): Promise<void> {
  if (flags.level !== undefined && flags.signal !== undefined)
    throw new UsageError('Give either --level or --signal, not both.');
  if (flags.level === undefined && flags.signal === undefined && (flags.evidence ?? flags.reason) !== undefined)
    throw new UsageError(
      'Say with --level or --signal what is to change; only a change is kept with reason and evidence.',
    );
  const change = present({
    level: flags.level,
    signal: flags.signal,
    reason: flags.reason,
    evidence: flags.evidence === undefined ? undefined : jsonObject(flags.evidence, '--evidence'),
  });
  if (flags.level !== undefined) reasonOf(flags);
  await context.withClient(async (client) => {
    const id = await resolveReference(client, reference);
    if (flags.level !== undefined || flags.signal !== undefined) {
      const body = change as CallOf<Operations['changeTrust']>['body'];
      const answer = await client.changeTrust({ params: { id }, body });
      context.print(answer.body, () => describeWrite('Trust of', answer.body, context.paint));
      return;
    }
    const { body } = await client.getTrust({ params: { id } });
    context.print(body, () =>
      [
        standingOf(body, context.paint),
        ...(body.history.length === 0 ? ['No changes so far.'] : []),
        renderTable(
          body.history,
          [
            { head: 'at (UTC)', of: ({ timestamp }) => shortTime(timestamp) },
            { head: 'from', of: ({ from }) => String(from ?? ''), align: 'right' },
            { head: 'to', of: ({ to }) => String(to ?? ''), align: 'right' },
            { head: 'cause', of: ({ cause, signal }) => signal ?? cause ?? '' },
            { head: 'reason', of: ({ reason }) => reason ?? '', flexible: true },
          ],
          context.terminal.columns,
          context.paint,
        ),
      ].join('\n'),
    );
  });
}

/** A judgement without a reason helps nobody later. @throws UsageError. */
function reasonOf({ reason }: Flags): string {
  if (reason === undefined || reason.trim() === '') throw new UsageError('Say why, with --reason.');
  return reason;
}
