/**
 * Decides a group's commands one after the other, in memory. A command is checked whole before anything of it is taken
 * in, so that one that loses or does not fit leaves nothing behind for its neighbours or the database.
 * @module
 */
import {
  canonicalEnvelope,
  DomainError,
  leafHash,
  MerkleFrontier,
  sealedError,
  type CapsuleWritten,
  type CommitResult,
  type Sealing,
} from '@forge-cascade/core/engine';
import type { Value } from '../values.js';
import { base64, hex } from '../values.js';
import { takeEvent } from './event-rows.js';
import type { Command, OpenedEvent } from './group-needs.js';
import { isWriting } from './group-needs.js';
import { noRows, pairKey, type GroupRows, type GroupState } from './group-state.js';

const HASH = 32;

/** A decided group. Nothing is to be written when no command was taken. */
export interface DecidedGroup {
  /** At each place the command's own result, or the error that kept it out. */
  readonly results: readonly (CommitResult | Error)[];
  readonly taken: number;
  readonly rows: GroupRows;
  readonly frontier: MerkleFrontier;
  /** Milliseconds of the newest entry. */
  readonly timestamp: number;
  /** The newest number of an outbox message. */
  readonly messages: number;
}

export function decideGroup(state: GroupState, commands: readonly Command[]): DecidedGroup {
  const group = new Group(state);
  const results = commands.map((command) => group.take(command));
  return { results, ...group.decided };
}

/** As {@link decideGroup}, for commits of another ledger that are written again. @throws what kept one of them out. */
export function replayGroup(state: GroupState, commands: readonly Command[]): DecidedGroup {
  const group = new Group(state);
  const results = commands.map((command) => group.replay(command));
  for (const result of results) if (result instanceof Error) throw result;
  return { results, ...group.decided };
}

class Group {
  readonly #rows = noRows();
  readonly #frontier: MerkleFrontier;
  #timestamp: number;
  #messages: number;
  #taken = 0;
  #sealed: Sealing | null;

  constructor(private readonly state: GroupState) {
    this.#frontier = restoreFrontier(state.head.size, state.head.frontier);
    this.#timestamp = state.head.timestamp;
    this.#messages = state.head.messages;
    this.#sealed = state.head.sealed;
  }

  get decided(): Omit<DecidedGroup, 'results'> {
    return {
      taken: this.#taken,
      rows: this.#rows,
      frontier: this.#frontier,
      timestamp: this.#timestamp,
      messages: this.#messages,
    };
  }

  take(command: Command): CommitResult | Error {
    if (this.#sealed !== null) return sealedError(this.#sealed);
    return this.replay(command);
  }

  /** As {@link take}, whatever was sealed: the ledger was decided elsewhere. */
  replay(command: Command): CommitResult | Error {
    const refusal = this.#refusal(command);
    if (refusal !== null) return refusal;
    const fault = this.#fault(command);
    if (fault !== null) return new Error(fault);
    this.#taken++;
    return this.#write(command);
  }

  /** Why a command loses, in the order every engine checks. */
  #refusal({ request, now }: Command): CommitResult | null {
    const { fence, claims, expect, completes } = request;
    if (fence !== null) {
      const token = this.state.leases.get(fence.lease) ?? 0;
      if (token !== fence.token) return { outcome: 'fenced', lease: fence.lease, token };
    }
    // Before expectations: a repeated request must be told about its first run, not about that run's effect.
    for (const { space, key } of claims) {
      const held = this.state.claims.get(pairKey(space, key));
      if (held === undefined || (held.expiresAt !== null && held.expiresAt <= now)) continue;
      return { outcome: 'claimed', space, key, holder: held.holder };
    }
    for (const { stream, revision } of expect) {
      const actual = this.state.revisions.get(stream) ?? 0;
      if (actual !== revision) return { outcome: 'stale', stream, revision: actual };
    }
    if (completes !== null && !this.state.outbox.has(completes)) return { outcome: 'completed-before' };
    return null;
  }

  /** What does not fit the state, or null. Use cases see to all of it; an engine still writes no edge to nowhere. */
  #fault({ request, events }: Command): string | null {
    const heads = new Map<string, string>();
    const written = new Set<string>();
    const keys = new Set<string>();
    const known = (id: string): boolean => written.has(id) || this.state.capsules.has(id);
    const head = (series: string): string | null => heads.get(series) ?? this.state.series.get(series)?.head ?? null;
    const faultOf = (event: OpenedEvent): string | null => {
      const { sealed, payload } = event;
      const unknown = `event names a capsule that is not stored: ${sealed.entityId}`;
      if (isWriting(event)) {
        const p = payload as unknown as CapsuleWritten;
        if (known(sealed.entityId)) return `capsule ${sealed.entityId} exists already`;
        if (p.supersedes !== head(p.series_id))
          return `capsule ${sealed.entityId} does not follow the head of its series`;
        const stranger = p.derived_from.find(({ id }) => !known(id));
        if (stranger !== undefined) return `event names a capsule that is not stored: ${stranger.id}`;
        if (p.supersedes === null && p.key !== null) {
          const key = pairKey(p.owner_id, p.key);
          if (keys.has(key) || this.state.keys.has(key)) return 'the key names a series already';
          keys.add(key);
        }
        written.add(sealed.entityId);
        heads.set(p.series_id, sealed.entityId);
        return null;
      }
      switch (sealed.type) {
        case 'capsule.archived.v1':
        case 'capsule.unarchived.v1':
          return head(String(payload['series_id'])) === null ? 'event names a series that is not stored' : null;
        case 'capsule.trust_changed.v1':
        case 'capsule.retracted.v1':
        case 'capsule.reinstated.v1':
          return known(sealed.entityId) ? null : unknown;
        default:
          return null;
      }
    };
    for (const event of events) {
      const fault = faultOf(event);
      if (fault !== null) return fault;
    }
    const ids = new Set<string>();
    for (const { id } of request.outbox) {
      const taken = id !== request.completes && this.state.outbox.has(id);
      if (taken || ids.has(id)) return `outbox message ${id} exists already`;
      ids.add(id);
    }
    return null;
  }

  /** Nothing here can fail: what is taken in is taken in whole. */
  #write({ request, now, events }: Command): CommitResult {
    const at = Math.max(now, this.#timestamp);
    const timestamp = new Date(at).toISOString();
    const firstSeq = this.#frontier.size + 1;
    for (const event of events) this.#append(event, request, at, timestamp);
    this.#timestamp = at;
    const lastSeq = this.#frontier.size;
    for (const { space, key, holder, expiresAt } of request.claims) {
      this.state.claims.set(pairKey(space, key), { holder, expiresAt });
      this.#rows.claims.push({ space, key, holder, expires_at: expiresAt });
    }
    if (request.completes !== null) {
      this.state.outbox.delete(request.completes);
      // One that this group would have written is not written at all.
      const unwritten = this.#rows.messages.findIndex(({ id }) => id === request.completes);
      if (unwritten >= 0) this.#rows.messages.splice(unwritten, 1);
      else this.#rows.endedMessages.push(request.completes);
    }
    for (const { id, topic, payload } of request.outbox) {
      this.state.outbox.add(id);
      this.#rows.messages.push({ id, topic, payload, seq: lastSeq, n: ++this.#messages, attempts: 0, next_at: 0 });
    }
    return { outcome: 'committed', firstSeq, lastSeq, timestamp };
  }

  #append(event: OpenedEvent, request: Command['request'], at: number, timestamp: string): void {
    const { sealed, stream } = event;
    const seq = this.#frontier.size + 1;
    const envelope = {
      seq,
      id: sealed.id,
      type: sealed.type,
      entity_type: sealed.entityType,
      entity_id: sealed.entityId,
      actor: request.actor,
      operation: sealed.operation,
      correlation_id: request.correlationId,
      causation_id: request.causationId,
      timestamp,
      payload_commitment: hex(sealed.commitment),
    };
    const leaf = leafHash(canonicalEnvelope(envelope));
    const small: [string, string, unknown][] = [];
    let contentSalt: string | null = null;
    for (const { field, salt, value } of sealed.privateValues) {
      // The capsule itself holds its content; keeping it twice would double the store.
      if (isWriting(event) && field === 'content' && typeof value === 'string') contentSalt = base64(salt);
      else small.push([field, base64(salt), value]);
    }
    const { timestamp: _, actor, ...named } = envelope;
    const properties: Record<string, Value> = {
      ...named,
      user_id: actor,
      at,
      leaf_hash: leaf,
      stream,
      changes: sealed.body,
      salt: base64(sealed.salt),
      private: JSON.stringify(small),
      content_salt: contentSalt,
    };
    this.#rows.entries.push({ seq, at, properties });
    for (const { level, index, hash } of this.#frontier.append(leaf)) this.#rows.tiles.push({ level, index, hash });
    this.state.revisions.set(stream, seq);
    this.#rows.streams.set(stream, seq);
    takeEvent(this.state, this.#rows, event, seq, at);
    if (sealed.type === 'store.sealed.v1') this.#sealed = event.payload as unknown as Sealing;
  }
}

/** The tree's growing edge, from its hashes put together. */
export function restoreFrontier(size: number, hashes: Uint8Array): MerkleFrontier {
  try {
    const edge = Array.from({ length: hashes.length / HASH }, (_, i) => hashes.slice(i * HASH, (i + 1) * HASH));
    return MerkleFrontier.restore(size, edge);
  } catch (cause) {
    throw new DomainError(
      'STORE_CORRUPT',
      'The edge of the hash tree does not fit the ledger. Verify the store before writing to it; nothing was changed.',
      {},
      { cause },
    );
  }
}
