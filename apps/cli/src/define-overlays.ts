/** `forge overlay …` and `forge cascade`. @module */
import type { Command } from 'commander';
import type { Define } from './define.js';
import { defineOverlayAuthoring } from './define-overlay-authoring.js';
import { percent } from './option-values.js';

export function defineOverlays(program: Command, define: Define): void {
  const overlay = program.command('overlay').description('WebAssembly modules that extend the memory');
  defineOverlayAuthoring(overlay, define);
  define(
    overlay,
    'install <folder>',
    'check a built overlay and register it',
    async () => (await import('./commands/overlay/install.js')).installCommand,
  )
    .option('--trust <0-100>', 'its trust; 60 by default', percent)
    .option('--enable', 'make it active at once')
    .addHelpText(
      'after',
      '\nThe folder is what `build` made: manifest.json and one module.\n\n  $ forge overlay install hello/build --trust 80 --enable',
    );
  define(
    overlay,
    'list',
    'all overlays, with their state, trust and module',
    async () => (await import('./commands/overlay/list.js')).listCommand,
  );
  define(
    overlay,
    'enable <id>',
    'make an overlay active',
    async () => (await import('./commands/overlay/enable.js')).enableCommand,
  ).addHelpText('after', '\nAlso what brings a quarantined or failed one back.');
  define(
    overlay,
    'disable <id>',
    'take an overlay out of service',
    async () => (await import('./commands/overlay/disable.js')).disableCommand,
  ).option('--reason <text>', 'why');
  define(
    overlay,
    'run <id> <handler>',
    'run one of its handlers',
    async () => (await import('./commands/overlay/run.js')).runCommand,
  )
    .option('--input <json>', 'what the handler is given; {} by default')
    .addHelpText(
      'after',
      '\nEnds with 1 when the run ended in a fault.\n\n  $ forge overlay run ml_intelligence analyze --input \'{"query":"why"}\'',
    );
  define(
    overlay,
    'replay <receipt>',
    'run a receipt’s call again and compare',
    async () => (await import('./commands/overlay/replay.js')).replayCommand,
  ).addHelpText('after', '\nEnds with 1 and what differs when it does not come to the same.');
  define(
    program,
    'cascade <correlation>',
    'draw what overlays led one another to',
    async () => (await import('./commands/overlay/cascade.js')).cascadeCommand,
  ).addHelpText('after', '\nThe correlation id is that of the request which began it: `forge overlay run` prints it.');
}
