/**
 * Group commit: every command waiting when the writer turns to the queue goes into one transaction and one fsync, with
 * one signed checkpoint. Each command is checked before anything of its is written, inside a savepoint of its own, so a
 * loser costs its neighbours nothing.
 * @module
 */
import {
  canonicalEnvelope,
  DomainError,
  formatCheckpoint,
  leafHash,
  type MerkleFrontier,
  sealedError,
  signCheckpoint,
  streamOf,
  type CommitResult,
  type JsonObject,
  type CheckpointSigner,
  type SealedEvent,
  type Sealing,
} from '@forge-cascade/core/engine';
import { decodeEvents, type CommitMessage } from '../commit-message.js';
import { storeError, type Database, type Statement } from '../driver.js';
import { EventWriter } from './event-writer.js';

/** Where the ledger ends. */
export interface LedgerHead {
  readonly frontier: MerkleFrontier;
  /** Milliseconds of the newest entry. */
  readonly timestamp: number;
}

export class Writer {
  readonly events: EventWriter;
  readonly #insertLedger: Statement;
  readonly #insertPayload: Statement;
  readonly #insertContent: Statement;
  readonly #insertTile: Statement;
  readonly #setCheckpoint: Statement;
  readonly #revision: Statement;
  readonly #findClaim: Statement;
  readonly #putClaim: Statement;
  readonly #lease: Statement;
  readonly #insertOutbox: Statement;
  readonly #findOutbox: Statement;
  readonly #endOutbox: Statement;
  readonly #pendingTrust: Statement;
  readonly #meta: Statement;
  readonly #setReceiving: Statement;
  readonly #endReceiving: Statement;
  readonly #savepoint: Statement;
  readonly #release: Statement;
  #frontier: MerkleFrontier;
  #timestamp: number;

  constructor(
    private readonly db: Database,
    head: LedgerHead,
    private readonly origin: string,
    private readonly signer: CheckpointSigner,
  ) {
    this.#frontier = head.frontier;
    this.#timestamp = head.timestamp;
    this.events = new EventWriter(db);
    this.#insertLedger = db.prepare(
      `INSERT INTO ledger(seq, id, type, entity_type, entity_id, actor, operation, correlation_id, causation_id, timestamp,
         payload_commitment, leaf_hash, stream) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#insertPayload = db.prepare('INSERT INTO payload(seq, salt, body, private) VALUES (?, ?, ?, ?)');
    this.#insertContent = db.prepare('INSERT INTO content(seq, salt, text) VALUES (?, ?, ?)');
    this.#insertTile = db.prepare('INSERT INTO tile(level, idx, hash) VALUES (?, ?, ?)');
    this.#setCheckpoint = db.prepare(
      'INSERT OR REPLACE INTO checkpoint(one, size, frontier, note) VALUES (1, ?, ?, ?)',
    );
    this.#revision = db.prepare('SELECT max(seq) AS seq FROM ledger WHERE stream = ?');
    this.#findClaim = db.prepare('SELECT holder, expires_at FROM claim WHERE space = ? AND key = ?');
    this.#putClaim = db.prepare('INSERT OR REPLACE INTO claim(space, key, holder, expires_at) VALUES (?, ?, ?, ?)');
    this.#lease = db.prepare('SELECT token FROM lease WHERE name = ?');
    this.#insertOutbox = db.prepare('INSERT INTO outbox(id, seq, topic, payload) VALUES (?, ?, ?, ?)');
    this.#findOutbox = db.prepare('SELECT n FROM outbox WHERE id = ?');
    this.#endOutbox = db.prepare('DELETE FROM outbox WHERE id = ?');
    this.#meta = db.prepare('SELECT value FROM meta WHERE key = ?');
    this.#setReceiving = db.prepare("INSERT OR REPLACE INTO meta(key, value) VALUES ('receiving', ?)");
    this.#endReceiving = db.prepare("DELETE FROM meta WHERE key = 'receiving'");
    this.#savepoint = db.prepare('SAVEPOINT command');
    this.#release = db.prepare('RELEASE command');
    this.#pendingTrust = db.prepare('SELECT root, event, bound, taints FROM trust_pending');
  }

  get size(): number {
    return this.#frontier.size;
  }

  /** Commits a group. The answer at each place is the command's own result, or the error that kept it out. */
  commitGroup(messages: readonly CommitMessage[]): (CommitResult | Error)[] {
    try {
      return this.#group(messages, (message) => this.#refusal(message) ?? this.#write(message));
    } catch {
      // Hardly ever: so only now does each command get a savepoint of its own, that one which fails sinks no other.
      try {
        return this.#group(messages, (message) => this.#commitOne(message));
      } catch (error) {
        const reason = storeError(error) as Error;
        return messages.map(() => reason);
      }
    }
  }

  #group(
    messages: readonly CommitMessage[],
    commit: (message: CommitMessage) => CommitResult | Error,
  ): (CommitResult | Error)[] {
    const before = this.size;
    return this.#undoing(() => {
      const results = messages.map((message) => this.#sealed() ?? commit(message));
      if (this.size !== before) this.#sign();
      return results;
    });
  }

  /**
   * Writes commits of another ledger again, all or none, behind entry `after`. True when the ledger has arrived whole: the
   * last of it is the opening under this writer's own name.
   * @throws DomainError STATE_CONFLICT when they do not follow what is there.
   */
  replay(messages: readonly CommitMessage[], after: number): boolean {
    if (this.size !== after) {
      throw new DomainError(
        'STATE_CONFLICT',
        `The store holds ${this.size} entries; what follows entry ${after} does not fit.`,
      );
    }
    try {
      return this.#undoing(() => {
        this.#setReceiving.run(this.origin);
        for (const message of messages) this.#write(message);
        this.#sign();
        const arrived = messages.at(-1)?.events.at(-1)?.entityId === this.origin;
        if (arrived) this.#endReceiving.run();
        return arrived;
      });
    } catch (error) {
      throw storeError(error);
    }
  }

  /** Runs other writing work atomically. */
  exclusively<T>(work: () => T): T {
    try {
      return this.#transaction(work);
    } catch (error) {
      throw storeError(error);
    }
  }

  /** Carries pending trust changes one step further. False when none is left. */
  spreadTrust(): boolean {
    try {
      return this.#transaction(() => this.events.standing.slice());
    } catch (error) {
      this.events.standing.restart(this.#pendingTrust.all());
      throw storeError(error);
    }
  }

  /** A transaction that moves the ledger's end: what is kept of it in memory goes back when it fails. */
  #undoing<T>(work: () => T): T {
    const frontier = this.#frontier.clone();
    const timestamp = this.#timestamp;
    try {
      return this.#transaction(work);
    } catch (error) {
      this.#frontier = frontier;
      this.#timestamp = timestamp;
      this.events.standing.restart(this.#pendingTrust.all());
      throw error;
    }
  }

  #transaction<T>(work: () => T): T {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.db.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite has already rolled back when the disk was full.
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      throw error;
    }
  }

  #sealed(): Error | null {
    const sealed = this.#meta.get('sealed')?.['value'];
    return typeof sealed === 'string' ? sealedError(JSON.parse(sealed) as Sealing) : null;
  }

  #commitOne(message: CommitMessage): CommitResult | Error {
    const refusal = this.#refusal(message);
    if (refusal !== null) return refusal;
    const frontier = this.#frontier.clone();
    const timestamp = this.#timestamp;
    this.#savepoint.run();
    try {
      const result = this.#write(message);
      this.#release.run();
      return result;
    } catch (error) {
      // Without a transaction there is nothing left to keep apart: the whole group is lost.
      if (!this.db.isTransaction) throw error;
      this.db.exec('ROLLBACK TO command; RELEASE command');
      this.#frontier = frontier;
      this.#timestamp = timestamp;
      this.events.standing.restart(this.#pendingTrust.all());
      return storeError(error) as Error;
    }
  }

  #refusal(message: CommitMessage): CommitResult | null {
    if (message.fence !== null) {
      const token = Number(this.#lease.get(message.fence.lease)?.['token'] ?? 0);
      if (token !== message.fence.token) return { outcome: 'fenced', lease: message.fence.lease, token };
    }
    // Before expectations: a repeated request must be told about its first run, not about that run's effect.
    for (const { space, key } of message.claims) {
      const row = this.#findClaim.get(space, key);
      if (row === undefined) continue;
      const expiresAt = row['expires_at'];
      if (expiresAt === null || Number(expiresAt) > message.now) {
        return { outcome: 'claimed', space, key, holder: String(row['holder']) };
      }
    }
    for (const { stream, revision } of message.expect) {
      const actual = Number(this.#revision.get(stream)?.['seq'] ?? 0);
      if (actual !== revision) return { outcome: 'stale', stream, revision: actual };
    }
    if (message.completes !== null && this.#findOutbox.get(message.completes) === undefined) {
      return { outcome: 'completed-before' };
    }
    return null;
  }

  #write(message: CommitMessage): CommitResult {
    const at = Math.max(message.now, this.#timestamp);
    const timestamp = new Date(at).toISOString();
    const firstSeq = this.#frontier.size + 1;
    for (const event of decodeEvents(message)) this.#append(event, message, at, timestamp);
    this.#timestamp = at;
    const lastSeq = this.#frontier.size;
    for (const { space, key, holder, expiresAt } of message.claims) this.#putClaim.run(space, key, holder, expiresAt);
    if (message.completes !== null) this.#endOutbox.run(message.completes);
    for (const { id, topic, payload } of message.outbox) this.#insertOutbox.run(id, lastSeq, topic, payload);
    return { outcome: 'committed', firstSeq, lastSeq, timestamp };
  }

  #append(event: SealedEvent, message: CommitMessage, at: number, timestamp: string): void {
    const seq = this.#frontier.size + 1;
    const body = JSON.parse(event.body) as JsonObject;
    const leaf = leafHash(
      canonicalEnvelope({
        seq,
        id: event.id,
        type: event.type,
        entity_type: event.entityType,
        entity_id: event.entityId,
        actor: message.actor,
        operation: event.operation,
        correlation_id: message.correlationId,
        causation_id: message.causationId,
        timestamp,
        payload_commitment: hex(event.commitment),
      }),
    );
    this.#insertLedger.run(
      seq,
      event.id,
      event.type,
      event.entityType,
      event.entityId,
      message.actor,
      event.operation,
      message.correlationId,
      message.causationId,
      at,
      event.commitment,
      leaf,
      streamOf(event.entityId, body),
    );
    const small: [string, string, unknown][] = [];
    for (const { field, salt, value } of event.privateValues) {
      if (field === 'content' && typeof value === 'string') this.#insertContent.run(seq, salt, value);
      else small.push([field, base64(salt), value]);
    }
    this.#insertPayload.run(seq, event.salt, event.body, JSON.stringify(small));
    for (const tile of this.#frontier.append(leaf)) this.#insertTile.run(tile.level, tile.index, tile.hash);
    this.events.apply(event, body, seq, at);
  }

  #sign(): void {
    const body = formatCheckpoint({ origin: this.origin, size: this.#frontier.size, root: this.#frontier.root() });
    this.#setCheckpoint.run(
      this.#frontier.size,
      Buffer.concat(this.#frontier.hashes()),
      signCheckpoint(body, this.signer),
    );
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
