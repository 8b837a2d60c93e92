/** Taking a data folder elsewhere, or another store into one. @module */
import {
  notReceiving,
  replayed,
  type CapsuleVectors,
  type KeptEntry,
  type KeptWork,
  type Replica,
  type Successor,
} from '@forge-cascade/core/engine';
import { encodeCommit } from './commit-message.js';

/** The store's threads. */
interface Threads {
  read<T>(method: string, argument: unknown): Promise<T>;
  write<T>(method: string, argument: unknown): Promise<T>;
}

export class SqliteReplica implements Replica {
  constructor(
    public successor: Successor | null,
    private readonly threads: Threads,
  ) {}

  history(after: number, limit: number): Promise<readonly KeptEntry[]> {
    return this.threads.read('history', { after, limit });
  }

  work(kind: KeptWork['kind'], skip: number, limit: number): Promise<readonly KeptWork[]> {
    return this.threads.read('work', { kind, skip, limit });
  }

  vectors(model: string, after: number, limit: number): Promise<readonly CapsuleVectors[]> {
    return this.threads.read('keptVectors', { model, after, limit });
  }

  async append(entries: readonly KeptEntry[]): Promise<void> {
    const [first] = entries;
    if (first === undefined) return;
    if (this.successor === null) throw notReceiving();
    const after = first.envelope.seq - 1;
    const messages = replayed(entries, after).map(({ request, at }) => encodeCommit(request, at));
    if (await this.threads.write<boolean>('append', { after, messages })) this.successor = null;
  }

  async dropWork(): Promise<void> {
    await this.threads.write('dropWork', null);
  }

  async putWork(work: readonly KeptWork[]): Promise<void> {
    await this.threads.write('putWork', work);
  }
}
