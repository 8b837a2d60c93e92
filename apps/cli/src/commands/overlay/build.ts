/** `forge overlay build`. @module */
import type { CommandContext } from '../../command-context.js';
import { manifestIn } from './manifest-at.js';
import { withFaults } from './with-faults.js';

interface Flags {
  readonly out?: string;
  readonly again?: true;
}

export async function buildCommand(
  context: CommandContext,
  [folder = '.']: readonly string[],
  flags: Flags,
): Promise<void> {
  const { buildOverlay } = await import('@forge-cascade/overlay-sdk');
  await manifestIn(folder);
  const built = await withFaults(() =>
    buildOverlay(folder, {
      ...(flags.out === undefined ? {} : { out: flags.out }),
      ...(flags.again === undefined ? {} : { again: true }),
    }),
  );
  const { id, version } = built.manifest;
  const body = { id, version, folder: built.folder, bytes: built.size, made: built.made, sha256: built.sha256 };
  context.print(body, () =>
    [
      `${context.paint('green', built.made ? 'Built' : 'Up to date')} ${id} ${version}: ${built.size} bytes, in ${built.folder}`,
      ...Object.entries(built.sha256).map(([name, digest]) => `  ${name.padEnd(17)}  ${context.paint('dim', digest)}`),
      `Imports ${built.capabilities.imports.join(', ') || 'nothing'}`,
    ].join('\n'),
  );
}
