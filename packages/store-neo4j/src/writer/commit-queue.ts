/**
 * Group commit: every command that waits when the queue turns goes into one transaction with one signed checkpoint. What
 * loses is found out before anything is written; what the server refuses is tried again alone, so that it takes nobody
 * with it; what a broken connection leaves open is looked up, so that nothing is written twice.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  DomainError,
  formatCheckpoint,
  signCheckpoint,
  type CheckpointSigner,
  type CommitRequest,
  type CommitResult,
} from '@forge-cascade/core/engine';
import { uuidv7 } from 'uuidv7';
import type { Connection } from '../connection.js';
import { isConnectionLost, isTransient, storeError } from '../driver-errors.js';
import { atDatabaseTime } from './database-time.js';
import { decideGroup, type DecidedGroup } from './decide-group.js';
import { needsOf, openCommand, type Command } from './group-needs.js';
import { LOCK_LEDGER, readGroup } from './read-group.js';
import { writeGroup } from './write-group.js';

/** More commands than this wait for the next group, so that the first of them is not kept waiting too long. */
const GROUP_LIMIT = 128;
/** Tries of a group that lost to a deadlock or a passing trouble of the server. */
const MOST_TRIES = 6;
const FIRST_PAUSE_MS = 20;
/** How long the fate of a group is asked for after its connection broke. */
const LOOK_UP_MS = 60_000;
const LOOK_UP_PAUSE_MS = 250;

export interface CommitQueueOptions {
  readonly connection: Connection;
  readonly origin: string;
  readonly signer: CheckpointSigner;
  /** Stands in for the database's clock, for tests. */
  readonly now: (() => number) | undefined;
  /** Called after a group was written, with the number of the last change to capsules. */
  readonly onWritten?: (change: number) => void;
}

interface Waiting {
  readonly command: Command;
  resolve(result: CommitResult): void;
  reject(error: unknown): void;
}

type Outcome = CommitResult | Error;

export class CommitQueue {
  /** Names this process in the database. */
  readonly writer = uuidv7();
  readonly #waiting: Waiting[] = [];
  #draining: Promise<void> | null = null;

  constructor(private readonly options: CommitQueueOptions) {}

  commit(request: CommitRequest): Promise<CommitResult> {
    return new Promise((resolve, reject) => {
      // Opened here, so that what cannot be read fails alone and at once.
      this.#waiting.push({ command: openCommand(request, (this.options.now ?? Date.now)()), resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when everything asked for so far has been answered. */
  async idle(): Promise<void> {
    while (this.#draining !== null) await this.#draining;
  }

  /** Removes what the database keeps of this process. */
  async forget(): Promise<void> {
    const { connection } = this.options;
    await connection.alone('MATCH (w:Writer {id: $writer}) DELETE w', { writer: this.writer }).catch(() => undefined);
  }

  async #drain(): Promise<void> {
    // Commands of the same turn belong into the same group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, GROUP_LIMIT);
      const outcomes = await this.#commitGroup(group.map(({ command }) => command));
      group.forEach(({ resolve, reject }, i) => {
        const outcome = outcomes[i];
        if (outcome === undefined || outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      });
    }
    this.#draining = null;
  }

  /** At each place the command's result, or what kept it out. Never fails itself. */
  async #commitGroup(commands: readonly Command[]): Promise<readonly Outcome[]> {
    try {
      return await this.#tried(commands);
    } catch (error) {
      const reason = storeError(error) as Error;
      // A server that is away is away for each of them; anything else may be about one command alone.
      if (commands.length === 1 || isConnectionLost(error) || isTransient(error)) return commands.map(() => reason);
      const outcomes: Outcome[] = [];
      for (const command of commands) outcomes.push(...(await this.#commitGroup([command])));
      return outcomes;
    }
  }

  async #tried(commands: readonly Command[]): Promise<readonly Outcome[]> {
    for (let tries = 1; ; tries++) {
      const group = uuidv7();
      let decided: DecidedGroup | null = null;
      try {
        decided = await this.#written(commands, group, (found) => (decided = found));
        return decided.results;
      } catch (error) {
        const found = decided as DecidedGroup | null;
        if (isConnectionLost(error)) {
          // Nothing was sent for good before it was decided.
          if (found !== null && found.taken > 0 && (await this.#wasWritten(group))) return found.results;
          if (tries >= 2) throw error;
        } else if (!isTransient(error) || tries >= MOST_TRIES) {
          throw error;
        }
        await delay(FIRST_PAUSE_MS * 2 ** (tries - 1) * (0.5 + Math.random()));
      }
    }
  }

  async #written(
    commands: readonly Command[],
    group: string,
    onDecided: (decided: DecidedGroup) => void,
  ): Promise<DecidedGroup> {
    const { connection, onWritten, now } = this.options;
    let change = 0;
    const decided = await connection.writing(async (statements) => {
      const state = await readGroup(statements, needsOf(commands), this.writer);
      const timed = now === undefined ? commands.map((one) => atDatabaseTime(one, state.head.now)) : commands;
      const found = decideGroup(state, timed);
      onDecided(found);
      if (found.taken > 0) {
        const note = found.frontier.size > state.head.size ? this.#sign(found) : null;
        await writeGroup(statements, state, found, { note, writer: this.writer, group });
        if (found.rows.changed.size > 0) change = state.head.changes + 1;
      }
      return found;
    });
    if (change > 0) onWritten?.(change);
    return decided;
  }

  #sign({ frontier }: DecidedGroup): string {
    const { origin, signer } = this.options;
    return signCheckpoint(formatCheckpoint({ origin, size: frontier.size, root: frontier.root() }), signer);
  }

  /**
   * Whether a group whose connection broke was written after all. The ledger's lock is taken first: it is free once the
   * server has ended that transaction, one way or the other.
   */
  async #wasWritten(group: string): Promise<boolean> {
    const until = Date.now() + LOOK_UP_MS;
    for (;;) {
      try {
        return await this.options.connection.writing(async (statements) => {
          const [, found] = await Promise.all([
            statements.run(LOCK_LEDGER, { writer: this.writer }),
            statements.run('MATCH (w:Writer {id: $writer}) RETURN w.last AS last', { writer: this.writer }),
          ]);
          return found[0]?.['last'] === group;
        });
      } catch (error) {
        const passing = isConnectionLost(error) || isTransient(error);
        if (!passing || Date.now() > until) {
          throw new DomainError(
            'UNAVAILABLE',
            'The connection to Neo4j broke in the middle of a commit, and whether it was stored cannot be found out. Look before you repeat it.',
            {},
            { cause: error },
          );
        }
        await delay(LOOK_UP_PAUSE_MS);
      }
    }
  }
}
