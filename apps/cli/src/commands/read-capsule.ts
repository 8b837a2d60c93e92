/**
 * `forge capsule get | history`.
 * @module
 */
import { present, withMemory, type CommandContext, type CommonOptions } from '../command-context.js';
import { findCapsule } from '../connect/find-capsule.js';
import { describeCapsule, describeVersions } from '../output/describe-capsule.js';
import { painter } from '../output/paint.js';

export interface GetOptions extends CommonOptions {
  /** The content and nothing else, byte for byte. */
  readonly raw?: boolean;
}

export async function getCapsule(context: CommandContext, reference: string, options: GetOptions): Promise<void> {
  const { terminal } = context;
  await withMemory(context, options, async (client) => {
    const { body } = await client.getCapsule({ params: { id: await findCapsule(client, reference) } });
    if (options.raw === true) terminal.out(body.content);
    else present(context, options, body, (capsule) => describeCapsule(capsule, painter(terminal.colour)));
  });
}

export async function showHistory(context: CommandContext, reference: string, options: CommonOptions): Promise<void> {
  const { terminal } = context;
  await withMemory(context, options, async (client) => {
    const { body } = await client.listVersions({ params: { id: await findCapsule(client, reference) } });
    present(context, options, body, ({ items }) => describeVersions(items, terminal.columns, painter(terminal.colour)));
  });
}
