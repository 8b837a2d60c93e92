/** The settings of a memory that this process opens itself. @module */
import { ConfigError, readConfig, type ConfigFlags, type ServerConfig } from '@forge-cascade/server';
import { UsageError } from './usage-error.js';

/** @throws UsageError listing every setting that cannot be used. */
export function readSettings(
  env: Readonly<Record<string, string | undefined>>,
  flags: ConfigFlags,
): Readonly<ServerConfig> {
  try {
    return readConfig(env, flags);
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(error.message) : error;
  }
}
