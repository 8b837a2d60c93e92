/**
 * The property `embedding`, which the vector index of the specification holds: one vector for each active head, of the
 * model that serves. A superseded, archived or retracted version has none, so that the index cannot return it.
 * @module
 */
import { vectorOf } from '@forge-cascade/core/engine';
import type { Statements } from '../connection.js';
import { bytes, Reals } from '../values.js';

export const HIDE_EMBEDDINGS = `UNWIND $seqs AS seq MATCH (c:Capsule {seq: seq})
  WHERE c.embedding IS NOT NULL AND (c.is_head = false OR c.retracted OR c.archived) REMOVE c.embedding`;

const SHOW = `UNWIND $rows AS row MATCH (c:Capsule {seq: row.seq})
  WHERE c.is_head AND NOT c.retracted AND NOT c.archived
  CALL db.create.setNodeVectorProperty(c, 'embedding', row.embedding)`;

/** Gives active heads among these capsules their vector again, if a model serves that has made one. */
export async function reviveEmbeddings(statements: Statements, seqs: readonly number[]): Promise<void> {
  // The index over the place of a passage is used only when all of it is asked about.
  const rows = await statements.run(
    `MATCH (m:VectorModel {serving: true}) UNWIND $seqs AS seq
     MATCH (p:Passage {model: m.n, capsule: seq}) WHERE p.ordinal >= 0 RETURN seq, p.bytes AS bytes, m.dimensions AS dimensions
       ORDER BY seq, p.ordinal`,
    { seqs },
  );
  const vectors = new Map<number, Float32Array[]>();
  for (const row of rows) {
    const seq = Number(row['seq']);
    const list = vectors.get(seq) ?? [];
    vectors.set(seq, list);
    const vector = vectorOf(bytes(row['bytes']), Number(row['dimensions']));
    if (vector !== null) list.push(vector);
  }
  await showEmbeddings(statements, vectors);
}

export async function showEmbeddings(
  statements: Statements,
  vectors: ReadonlyMap<number, readonly Float32Array[]>,
): Promise<void> {
  const rows = [...vectors].flatMap(([seq, passages]) => {
    const embedding = embeddingOf(passages);
    return embedding === null ? [] : [{ seq, embedding: new Reals(embedding) }];
  });
  if (rows.length > 0) await statements.run(SHOW, { rows });
}

/** The direction between all passages; null when they cancel each other out. */
export function embeddingOf(passages: readonly Float32Array[]): Float32Array | null {
  const [first] = passages;
  if (first === undefined) return null;
  const sum = new Float32Array(first.length);
  for (const vector of passages) {
    const length = Math.hypot(...vector);
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (vector[i] as number) / length;
  }
  const length = Math.hypot(...sum);
  if (!(length > 1e-6)) return null;
  return sum.map((value) => value / length);
}

export function bytesOf(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}
