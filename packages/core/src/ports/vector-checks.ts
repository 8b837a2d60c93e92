/** What every engine refuses to keep as a vector. @module */
import { DomainError } from '../errors.js';
import type { CapsuleVectors, EmbeddedPassage } from './vector-store.js';

/** @throws DomainError INVALID_INPUT naming the first vector that is none of this model. */
export function checkVectors(
  { model, dimensions }: { readonly model: string; readonly dimensions: number },
  capsules: readonly CapsuleVectors[],
): void {
  for (const { seq, passages } of capsules) {
    for (const { vector } of passages) {
      const fault = faultOf(vector, dimensions);
      if (fault === null) continue;
      throw new DomainError('INVALID_INPUT', `A vector of ${model} for capsule ${seq} ${fault}.`, { field: 'vector' });
    }
  }
}

function faultOf(vector: Float32Array, dimensions: number): string | null {
  if (vector.length !== dimensions) return `has ${vector.length} dimensions, not ${dimensions}`;
  if (!vector.every(Number.isFinite)) return 'holds a number that is not finite';
  return vector.some((value) => value !== 0) ? null : 'is zero';
}

export function unknownModel(model: string): DomainError {
  return new DomainError('INVALID_INPUT', `No vectors of a model ${model} are kept.`, { field: 'model' });
}

/** @throws DomainError INVALID_INPUT when vectors of a model are kept with other dimensions. */
export function checkDimensions(model: string, kept: number, given: number): void {
  if (kept === given) return;
  throw new DomainError(
    'INVALID_INPUT',
    `Vectors of ${model} are kept with ${kept} dimensions, not ${given}. Give the other model another name.`,
    { field: 'dimensions' },
  );
}

/** A passage as it was read: without a vector where that is damaged. */
export type ReadPassage = Omit<EmbeddedPassage, 'vector'> & { readonly vector: Float32Array | null };

/** The capsules before the first one with a damaged vector: whoever takes them in makes it and all later ones anew. */
export function wholeVectors(
  capsules: readonly { readonly seq: number; readonly passages: readonly ReadPassage[] }[],
): CapsuleVectors[] {
  const whole: CapsuleVectors[] = [];
  for (const { seq, passages } of capsules) {
    const intact = passages.filter((passage): passage is EmbeddedPassage => passage.vector !== null);
    if (intact.length < passages.length) break;
    whole.push({ seq, passages: intact });
  }
  return whole;
}

/** The vector in an engine's row of little-endian 32-bit floats, as a copy of its own; null when the row is damaged. */
export function vectorOf(bytes: Uint8Array, dimensions: number): Float32Array | null {
  if (bytes.length !== 4 * dimensions) return null;
  // A row's bytes may begin anywhere in a larger buffer; numbers need aligned ones.
  const vector = new Float32Array(bytes.slice().buffer);
  return vector.every(Number.isFinite) ? vector : null;
}
