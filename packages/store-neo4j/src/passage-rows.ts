/** The passages of one capsule as they are stored. @module */
import { vectorOf } from '@forge-cascade/core/engine';
import { bytes, type Row } from './values.js';

/** The vectors of rows by ascending `passage`; null when one of them is damaged or gone: passages are told apart by number. */
export function wholePassages(rows: readonly Row[], dimensions: number): Float32Array[] | null {
  const vectors: Float32Array[] = [];
  for (const row of rows) {
    const vector = Number(row['passage']) === vectors.length ? vectorOf(bytes(row['bytes']), dimensions) : null;
    if (vector === null || vector.every((value) => value === 0)) return null;
    vectors.push(vector);
  }
  return vectors;
}
