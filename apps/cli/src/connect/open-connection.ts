/** What an open connection offers, however it was made. @module */
import type { Client } from '@forge-cascade/api';

export interface Connection {
  readonly client: Client;
  /** For people: `server at …` or `data folder …`. */
  readonly where: string;
  close(): Promise<void>;
}
