/** `forge overlay init`. @module */
import { join, relative, resolve } from 'node:path';
import type { CommandContext } from '../../command-context.js';
import { withFaults } from './with-faults.js';

export async function initCommand(
  context: CommandContext,
  [name = '']: readonly string[],
  { into }: { readonly into?: string },
): Promise<void> {
  // Loaded here: whoever uses overlays need not load what makes them.
  const { newOverlay } = await import('@forge-cascade/overlay-sdk');
  const made = await withFaults(() => newOverlay(resolve(into ?? name), name));
  context.print(made, () =>
    [
      `${context.paint('green', 'Made')} ${made.id} in ${made.folder}`,
      ...made.files.map((file) => `  ${file}`),
      `Next: forge overlay test ${shown(made.folder)}, then forge overlay install ${shown(join(made.folder, 'build'))} --enable`,
    ].join('\n'),
  );
}

/** As it is typed here. */
const shown = (folder: string): string => relative('.', folder) || '.';
