/** `forge serve`. @module */
import { serve } from '@forge-cascade/server';
import type { CommandContext } from '../command-context.js';
import { readSettings } from '../store-config.js';

interface Flags {
  readonly data?: string;
  readonly port?: string;
  readonly host?: string;
  readonly logLevel?: string;
}

/** Serves until it is told to stop. @throws UsageError listing every setting that cannot be used. */
export async function serveCommand(context: CommandContext, _args: readonly string[], flags: Flags): Promise<void> {
  const { env } = context.surroundings;
  // In a terminal a line per request drowns what the person was told; a log file wants them all.
  const quiet = env['FORGE_LOG_LEVEL'] === undefined && process.stdout.isTTY ? { logLevel: 'warn' } : {};
  const given = Object.fromEntries(
    Object.entries({ data: flags.data, port: flags.port, host: flags.host }).filter(([, v]) => v !== undefined),
  );
  const running = await serve(readSettings(env, { ...quiet, ...given }), {
    print: (line) => context.terminal.out(`${line}\n`),
  });
  await running.closed;
}
