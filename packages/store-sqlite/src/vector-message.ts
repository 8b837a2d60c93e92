/**
 * Vectors as they cross to the writer: one array of numbers for all of them, because cloning hundreds of small ones costs
 * more than writing their rows.
 * @module
 */
import type { CapsuleVectors } from '@forge-cascade/core/engine';

export interface VectorMessage {
  readonly model: string;
  readonly dimensions: number;
  /** Per capsule: its place in the ledger and how many passages it has. */
  readonly seqs: Float64Array;
  readonly counts: Uint32Array;
  /** Per passage: start and end. */
  readonly spans: Uint32Array;
  /** Per passage: its vector. */
  readonly values: Float32Array;
}

/** A passage's row. */
export interface VectorRow {
  readonly passage: number;
  readonly start: number;
  readonly end: number;
  /** Little-endian 32-bit floats. */
  readonly bytes: Uint8Array;
}

/** All vectors have `dimensions` numbers; callers have checked. */
export function encodeVectors(model: string, dimensions: number, capsules: readonly CapsuleVectors[]): VectorMessage {
  const passages = capsules.flatMap((capsule) => capsule.passages);
  const spans = new Uint32Array(passages.length * 2);
  const values = new Float32Array(passages.length * dimensions);
  passages.forEach(({ start, end, vector }, i) => {
    spans[2 * i] = start;
    spans[2 * i + 1] = end;
    values.set(vector, i * dimensions);
  });
  return {
    model,
    dimensions,
    seqs: Float64Array.from(capsules, ({ seq }) => seq),
    counts: Uint32Array.from(capsules, (capsule) => capsule.passages.length),
    spans,
    values,
  };
}

/** Per capsule its rows, in order. */
export function* decodeVectors(message: VectorMessage): Generator<{ seq: number; rows: VectorRow[] }> {
  const { dimensions, seqs, counts, spans, values } = message;
  let at = 0;
  for (let i = 0; i < seqs.length; i++) {
    const rows = Array.from({ length: counts[i]! }, (_, passage): VectorRow => {
      const vector = values.subarray(at * dimensions, (at + 1) * dimensions);
      const row = { passage, start: spans[2 * at]!, end: spans[2 * at + 1]!, bytes: bytesOf(vector) };
      at++;
      return row;
    });
    yield { seq: seqs[i]!, rows };
  }
}

function bytesOf(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}
