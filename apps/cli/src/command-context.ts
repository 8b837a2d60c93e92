/**
 * What every command is given: where to print, where the memory is, how to end.
 * @module
 */
import type { Client } from '@forge-cascade/api';
import type { ConnectOptions } from './connect/open-connection.js';
import type { Readable } from 'node:stream';
import {
  assertOwnStore,
  readConnectionSettings,
  type ConnectionFlags,
  type ConnectionSettings,
} from './environment.js';
import { painter, type Paint } from './output/paint.js';
import type { Terminal } from './output/terminal.js';

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly terminal: Terminal;
  /** The exit code of a command that ends without an error. */
  readonly outcome: { code: number };
}

/** Options that every command takes. */
export interface CommonOptions extends ConnectionFlags {
  readonly json?: boolean;
}

export class CommandContext {
  readonly paint: Paint;
  readonly terminal: Terminal;
  readonly json: boolean;

  constructor(
    readonly surroundings: Surroundings,
    private readonly options: CommonOptions,
  ) {
    this.terminal = surroundings.terminal;
    this.paint = painter(this.terminal.colour);
    this.json = options.json ?? false;
  }

  get settings(): ConnectionSettings {
    return readConnectionSettings(this.surroundings.env, this.options);
  }

  /**
   * For a command that reads the store itself, past the engine and any server.
   * @throws UsageError when it was pointed at a server
   */
  ownStore(command: string): ConnectionSettings {
    const { settings } = this;
    assertOwnStore(command, this.surroundings.env, this.options, settings);
    return settings;
  }

  /** Runs `work` against the memory and closes what had to be opened for it. */
  async withClient<T>(
    work: (client: Client, where: string) => Promise<T>,
    { create = false, backgroundWork = true }: Partial<Omit<ConnectOptions, 'env'>> = {},
  ): Promise<T> {
    // Loaded here: the client and its schemas take longer to load than `--help` may take.
    const { connect } = await import('./connect/connection.js');
    const connection = await connect(this.settings, { create, backgroundWork, env: this.surroundings.env });
    try {
      return await work(connection.client, connection.where);
    } finally {
      await connection.close();
    }
  }

  /** Prints an answer's body as it came with `--json`, otherwise what `human` makes of it. */
  print(body: unknown, human: () => string): void {
    if (this.json) {
      this.terminal.out(`${JSON.stringify(body, null, 2)}\n`);
      return;
    }
    const text = human();
    this.terminal.out(text === '' || text.endsWith('\n') ? text : `${text}\n`);
  }

  fail(): void {
    this.surroundings.outcome.code = 1;
  }
}
