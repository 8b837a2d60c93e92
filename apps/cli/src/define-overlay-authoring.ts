/** The commands of `forge overlay` that authors use: they need no memory. @module */
import type { Command } from 'commander';
import type { Define } from './define.js';

export function defineOverlayAuthoring(overlay: Command, define: Define): void {
  define(
    overlay,
    'init <name>',
    'make the folder of a new overlay, which builds and has a test',
    async () => (await import('./commands/overlay/init.js')).initCommand,
  )
    .option('--into <folder>', 'where; a folder of that name by default')
    .addHelpText('after', '\n  $ forge overlay init hello && forge overlay test hello');
  define(
    overlay,
    'build [folder]',
    'compile an overlay, and hold it against its manifest',
    async () => (await import('./commands/overlay/build.js')).buildCommand,
  )
    .option('--out <folder>', 'where the files go; build in the overlay’s folder by default')
    .option('--again', 'even if nothing has changed');
  define(
    overlay,
    'test [folder]',
    'make the calls in recorded/*.json again, and say what has changed',
    async () => (await import('./commands/overlay/test.js')).testCommand,
  ).addHelpText(
    'after',
    '\nBuilds what has changed first; a module without sources is tested as it is there.\n\n  $ forge overlay test overlays/lineage_tracker',
  );
  define(
    overlay,
    'inspect <file>',
    'what a module imports and exports, and every reason why it would be refused',
    async () => (await import('./commands/overlay/inspect.js')).inspectCommand,
  )
    .option('--manifest <file>', 'what it is held to; manifest.json beside it when there is one')
    .addHelpText('after', '\nEnds with 1 when it would be refused.\n\n  $ forge overlay inspect build/overlay.wasm');
}
