/**
 * Writes another store's ledger again, batch by batch: decided and written like any group, but at the times it was written
 * first, and signed under the name that it goes on with.
 * @module
 */
import {
  DomainError,
  formatCheckpoint,
  replayed,
  signCheckpoint,
  type CheckpointSigner,
  type KeptEntry,
  type Successor,
} from '@forge-cascade/core/engine';
import { uuidv7 } from 'uuidv7';
import type { Connection } from '../connection.js';
import { replayGroup } from './decide-group.js';
import { needsOf, openCommand } from './group-needs.js';
import { readGroup } from './read-group.js';
import { writeGroup } from './write-group.js';

export interface ArrivalOptions {
  readonly connection: Connection;
  /** The name that the ledger goes on with. */
  readonly origin: string;
  readonly signer: CheckpointSigner;
  /** Part of the ledger is there from an earlier run. */
  readonly begun: boolean;
  readonly writer: string;
  readonly onWritten: (change: number) => void;
}

export class Arrival {
  constructor(private readonly options: ArrivalOptions) {}

  get successor(): Successor {
    const { origin, signer, begun } = this.options;
    return { origin, verifierKey: signer.verifierKey, begun };
  }

  /** True when the ledger has arrived whole. @throws DomainError STATE_CONFLICT when the entries do not follow. */
  async append(entries: readonly KeptEntry[]): Promise<boolean> {
    const { connection, origin, writer, onWritten } = this.options;
    const [first, last] = [entries[0], entries.at(-1)];
    if (first === undefined || last === undefined) return false;
    const after = first.envelope.seq - 1;
    const commands = replayed(entries, after).map(({ request, at }) => openCommand(request, at));
    const arrived = last.envelope.type === 'store.opened.v1' && last.envelope.entity_id === origin;
    let tries = 0;
    const change = await connection.writingAgain(async (statements) => {
      const state = await readGroup(statements, needsOf(commands), writer);
      const { size, changes } = state.head;
      // Written by a try whose connection broke before it was told.
      if (tries++ > 0 && size === last.envelope.seq) return changes;
      if (size !== after) {
        throw new DomainError(
          'STATE_CONFLICT',
          `The store holds ${size} entries; what follows entry ${after} does not fit.`,
        );
      }
      const decided = replayGroup(state, commands);
      const note = this.#sign(decided.frontier.size, decided.frontier.root());
      const receiving = arrived ? null : origin;
      await writeGroup(statements, state, decided, { note, writer, group: uuidv7(), receiving });
      return changes + (decided.rows.changed.size > 0 ? 1 : 0);
    });
    onWritten(change);
    return arrived;
  }

  #sign(size: number, root: Uint8Array): string {
    const { origin, signer } = this.options;
    return signCheckpoint(formatCheckpoint({ origin, size, root }), signer);
  }
}
