/** Taking a database elsewhere, or another store into one. @module */
import {
  notReceiving,
  type CapsuleVectors,
  type KeptEntry,
  type KeptWork,
  type Replica,
  type Successor,
} from '@forge-cascade/core/engine';
import type { Connection } from './connection.js';
import { ReplicaRows } from './reader/read-replica.js';
import type { Arrival } from './writer/arrival.js';
import { dropWork, putWork } from './writer/kept-work.js';

export class Neo4jReplica implements Replica {
  successor: Successor | null;
  readonly #rows: ReplicaRows;

  constructor(
    private readonly connection: Connection,
    private readonly writer: string,
    private readonly arrival: Arrival | null,
  ) {
    this.successor = arrival?.successor ?? null;
    this.#rows = new ReplicaRows(connection);
  }

  history(after: number, limit: number): Promise<readonly KeptEntry[]> {
    return this.#rows.history(after, limit);
  }

  work(kind: KeptWork['kind'], skip: number, limit: number): Promise<readonly KeptWork[]> {
    return this.#rows.work(kind, skip, limit);
  }

  vectors(model: string, after: number, limit: number): Promise<readonly CapsuleVectors[]> {
    return this.#rows.vectors(model, after, limit);
  }

  async append(entries: readonly KeptEntry[]): Promise<void> {
    if (this.arrival === null || this.successor === null) throw notReceiving();
    if (await this.arrival.append(entries)) this.successor = null;
  }

  dropWork(): Promise<void> {
    return dropWork(this.connection);
  }

  putWork(work: readonly KeptWork[]): Promise<void> {
    return putWork(this.connection, this.writer, work);
  }
}
