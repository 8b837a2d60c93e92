/**
 * `forge capsule trust | quarantine | retract`.
 * @module
 */
import type { Client } from '@forge-cascade/api';
import { present, withMemory, type CommandContext, type CommonOptions } from '../command-context.js';
import { findCapsule } from '../connect/find-capsule.js';
import { describeWrite, fields, marksOf } from '../output/describe-capsule.js';
import { painter } from '../output/paint.js';
import { renderTable } from '../output/table.js';
import { UsageError } from '../usage-error.js';

export interface TrustOptions extends CommonOptions {
  readonly set?: number;
  readonly signal?: 'helpful' | 'unhelpful' | 'confirmed' | 'disputed';
  readonly reason?: string;
  readonly evidence?: Record<string, unknown>;
  readonly limit?: number;
}

/** Shows trust and its history, or changes it. */
export async function capsuleTrust(context: CommandContext, reference: string, options: TrustOptions): Promise<void> {
  const { set, signal, reason } = options;
  if (set !== undefined && signal !== undefined) throw new UsageError('Give either --set or --signal, not both.');
  if (set !== undefined && reason === undefined) throw new UsageError('--set needs --reason: a reviewed level says why.');
  if (set === undefined && signal === undefined && (reason !== undefined || options.evidence !== undefined)) {
    throw new UsageError('--reason and --evidence go with --set or --signal.');
  }
  await withMemory(context, options, async (client) => {
    const id = await findCapsule(client, reference);
    if (set === undefined && signal === undefined) return showTrust(context, client, id, options);
    const evidence = options.evidence === undefined ? {} : { evidence: options.evidence };
    const request =
      signal === undefined
        ? { level: set ?? 0, reason: reason ?? '', ...evidence }
        : { signal, ...(reason !== undefined && { reason }), ...evidence };
    const { body } = await client.changeTrust({ params: { id }, body: request });
    present(context, options, body, (capsule) => describeWrite('trusted', capsule, painter(context.terminal.colour)));
  });
}

async function showTrust(context: CommandContext, client: Client, id: string, options: TrustOptions): Promise<void> {
  const paint = painter(context.terminal.colour);
  const query = options.limit === undefined ? {} : { limit: options.limit };
  const { body } = await client.getTrust({ params: { id }, query });
  present(context, options, body, (trust) => {
    const standing: [string, string][] = [
      ['capsule', trust.capsule_id],
      ['trust', `${trust.trust_level} ${trust.trust_band}`],
      ['chain', String(trust.chain_trust)],
    ];
    const marks = marksOf({ ...trust, archived: false }, paint);
    if (marks.length > 0) standing.push(['state', marks.join(', ')]);
    const history = renderTable(
      trust.history,
      [
        { head: 'when', of: ({ timestamp }) => timestamp },
        { head: 'from', of: ({ from }) => String(from), align: 'right' },
        { head: 'to', of: ({ to }) => String(to), align: 'right' },
        { head: 'cause', of: ({ cause, signal }) => (signal === null ? cause : `${cause}: ${signal}`) },
        { head: 'reason', of: ({ reason }) => reason ?? '', flexible: true },
      ],
      context.terminal.columns,
      paint,
    );
    return `${fields(standing, paint)}${history === '' ? '  Never changed.\n' : `\n${history}`}`;
  });
}

export interface StateOptions extends CommonOptions {
  readonly reason: string;
  readonly lift?: boolean;
}

export async function quarantineCapsule(context: CommandContext, reference: string, options: StateOptions): Promise<void> {
  await changeState(context, reference, options, 'quarantineCapsule', ['quarantined', 'released']);
}

export async function retractCapsule(context: CommandContext, reference: string, options: StateOptions): Promise<void> {
  await changeState(context, reference, options, 'retractCapsule', ['retracted', 'reinstated']);
}

async function changeState(
  context: CommandContext,
  reference: string,
  options: StateOptions,
  operation: 'quarantineCapsule' | 'retractCapsule',
  verbs: readonly [string, string],
): Promise<void> {
  await withMemory(context, options, async (client) => {
    const id = await findCapsule(client, reference);
    const lift = options.lift === true;
    const { body } = await client[operation]({ params: { id }, body: { reason: options.reason, ...(lift && { lift }) } });
    const verb = verbs[lift ? 1 : 0];
    present(context, options, body, (capsule) => describeWrite(verb, capsule, painter(context.terminal.colour)));
  });
}
