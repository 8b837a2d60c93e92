/**
 * `forge serve`.
 * @module
 */
import { ConfigError, readConfig, serve, type ConfigFlags } from '@forge-cascade/server';
import type { CommandContext } from '../command-context.js';
import { UsageError } from '../usage-error.js';

/** Runs until the process is told to end. */
export async function runServer({ env, terminal }: CommandContext, flags: ConfigFlags): Promise<void> {
  let config;
  try {
    config = readConfig(env, flags);
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message);
    throw error;
  }
  const running = await serve(config, { print: (line) => terminal.out(`${line}\n`) });
  await running.closed;
}
