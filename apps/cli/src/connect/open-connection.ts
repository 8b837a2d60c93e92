/** What an open connection offers, however it was made. @module */
import type { Client } from '@forge-cascade/api';

export interface Connection {
  readonly client: Client;
  /** For people: `server at …` or `data folder …`. */
  readonly where: string;
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** Makes the data folder when there is none; only commands that write something new ask for it. */
  readonly create: boolean;
  /** Opened here, the memory carries out what was promised, and makes vectors, while the command is at work. */
  readonly backgroundWork: boolean;
  /** For the server that serves the folder when it is opened here. */
  readonly env: Readonly<Record<string, string | undefined>>;
}
