/**
 * What the graph shows of capsules beside what is compared row by row: owners, first parents, trust changes, the archive
 * and the vectors that the specification's index holds.
 * @module
 */
import type { VerifyMisfit } from '@forge-cascade/core';
import type { Connection } from '../connection.js';
import { wholePassages } from '../passage-rows.js';
import { number, text, type Row, type Value } from '../values.js';
import { embeddingOf } from '../writer/embeddings.js';
import { pagesOf } from './pages.js';
import type { ToldEvent } from './told-picture.js';

const CAPSULES = `MATCH (c:Capsule) WHERE c.seq > $after WITH c ORDER BY c.seq LIMIT $limit
  RETURN c.seq AS place, c.owner_id AS owner_id, c.parent_id AS parent_id, c.parent_seq AS parent_seq, c.is_head AS is_head,
    c.retracted AS retracted, c.archived AS archived, size(c.embedding) AS dimensions, c.changed AS changed,
    COLLECT { MATCH (c)<-[:OWNS]-(u) RETURN u.id } AS owners,
    COLLECT { MATCH (s:Series {id: c.series_id}) RETURN coalesce(s.archived, false) }[0] AS series_archived,
    COLLECT { MATCH (c)-[e:DERIVED_FROM {ord: 0}]->(p) RETURN [p.id, p.seq] }[0] AS first,
    EXISTS { MATCH (c)-[e:DERIVED_FROM]->() WHERE e.timestamp IS NULL OR e.timestamp <> c.created_at } AS moved,
    COLLECT { MATCH (c)-[t:TRUST_CHANGED]->(d)
      RETURN [t.seq, d.seq, t.old_level, t.new_level, t.cause, t.reason, t.timestamp.epochMillis] } AS changes
  ORDER BY place`;
const SERVING = `MATCH (m:VectorModel {serving: true, dropped: false})
  RETURN m.n AS n, m.dimensions AS dimensions, m.shown_to AS shown_to`;
const PASSAGES = `MATCH (p:Passage {model: $n, capsule: $seq}) WHERE p.ordinal >= 0
    AND NOT EXISTS { MATCH (l:VectorLoss {model: $n, capsule: $seq}) WHERE l.repair IS NULL }
  RETURN p.ordinal AS passage, p.bytes AS bytes ORDER BY passage`;

interface Serving {
  readonly n: number;
  readonly dimensions: number;
  /** Active heads up to here have been given their vector. */
  readonly shownTo: number;
}

export class CapsulePicture {
  /** By ledger position: the change as the entry tells it. */
  readonly #trustChanges = new Map<number, string>();

  take({ type, payload, seq, at }: ToldEvent): void {
    if (type !== 'capsule.trust_changed.v1') return;
    const { from, to, cause, reason } = payload as Readonly<Record<string, Value>>;
    this.#trustChanges.set(seq, JSON.stringify([from, to, cause, reason ?? null, at]));
  }

  /** @param changes how many groups changed capsules, as the ledger's node counts. */
  async *misfits(connection: Connection, changes: number): AsyncGenerator<VerifyMisfit> {
    const [row] = await connection.read(SERVING);
    const serving =
      row === undefined
        ? null
        : { n: Number(row['n']), dimensions: Number(row['dimensions']), shownTo: Number(row['shown_to']) };
    for await (const row of pagesOf(connection, CAPSULES, 0)) {
      const seq = Number(row['place']);
      for (const what of this.#faults(row, changes)) yield { kind: 'graph-changed', what, seq };
      const vector = await vectorFault(connection, serving, row);
      if (vector !== null) yield { what: vector, seq };
    }
    for (const seq of this.#trustChanges.keys()) {
      yield { kind: 'graph-changed', what: 'The graph shows a change of trust no more.', seq };
    }
  }

  *#faults(row: Row, changes: number): Generator<string> {
    const owners = row['owners'] as readonly Value[];
    if (owners.length !== 1 || owners[0] !== row['owner_id']) {
      yield 'The graph does not show the capsule as owned by its owner alone.';
    }
    const [id, seq] = (row['first'] ?? []) as readonly Value[];
    if (text(row['parent_id']) !== text(id) || number(row['parent_seq']) !== number(seq)) {
      yield 'The first parent written on the capsule is not the one that it rests on.';
    }
    if (row['moved'] === true) yield 'The graph dates what the capsule rests on otherwise than the capsule.';
    if (row['is_head'] === true && (row['archived'] === true) !== (row['series_archived'] === true)) {
      yield 'Whether the capsule is archived is shown otherwise than its series says.';
    }
    if (Number(row['changed'] ?? 0) > changes)
      yield 'The capsule is marked as changed by a group that was not written.';
    for (const [at, target, ...change] of row['changes'] as readonly (readonly Value[])[]) {
      const told = this.#trustChanges.get(Number(at));
      this.#trustChanges.delete(Number(at));
      if (target === row['place'] && told === JSON.stringify(change)) continue;
      yield `The graph shows a change of trust that no entry tells of so (${Number(at)}).`;
    }
  }
}

async function vectorFault(connection: Connection, serving: Serving | null, row: Row): Promise<string | null> {
  const active = row['is_head'] === true && row['retracted'] !== true && row['archived'] !== true;
  const shown = row['dimensions'] !== null;
  if (shown && !active) return 'A capsule that is no active head is in the index of vectors.';
  // A change of models is carried on in the background.
  if (serving === null || Number(row['place']) > serving.shownTo) return null;
  if (shown) {
    return Number(row['dimensions']) === serving.dimensions
      ? null
      : 'The vector shown is not one of the model that serves.';
  }
  if (!active) return null;
  const passages = await connection.read(PASSAGES, { n: serving.n, seq: Number(row['place']) });
  const vectors = passages.length === 0 ? null : wholePassages(passages, serving.dimensions);
  return vectors === null || embeddingOf(vectors) === null ? null : 'The capsule is missing in the index of vectors.';
}
