/**
 * What every command is given, and the way to the memory that those share which need it.
 * @module
 */
import type { Client } from '@forge-cascade/api';
import { connect, type Connection } from './connect/connection.js';
import { readConnectionSettings } from './environment.js';
import type { Terminal } from './output/terminal.js';

export interface CommandContext {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadStream;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
}

/** Options that every command talking to a memory has. */
export interface CommonOptions {
  readonly data?: string;
  readonly url?: string;
  readonly json?: boolean;
  readonly timing?: boolean;
}

/** Runs `work` with a client and lets go of the memory afterwards, whatever happens. */
export async function withMemory<T>(
  context: CommandContext,
  options: CommonOptions,
  work: (client: Client, connection: Connection) => Promise<T>,
  { create = false } = {},
): Promise<T> {
  const started = performance.now();
  const connection = await connect(readConnectionSettings(context.env, options), { create });
  const connected = performance.now();
  try {
    return await work(connection.client, connection);
  } finally {
    const answered = performance.now();
    await connection.close();
    if (options.timing === true) {
      const ms = (from: number, to: number): string => `${(to - from).toFixed(1)} ms`;
      context.terminal.err(`${connection.where}: opened in ${ms(started, connected)}, answered in ${ms(connected, answered)}\n`);
    }
  }
}

/** Prints the service's body as it is, or what people read. */
export function present<B>({ terminal }: CommandContext, { json }: CommonOptions, body: B, human: (body: B) => string): void {
  terminal.out(json === true ? `${JSON.stringify(body, null, 2)}\n` : human(body));
}
