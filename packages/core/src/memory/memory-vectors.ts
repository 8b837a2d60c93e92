/** Vectors of the memory engine. @module */
import { assertLimit } from '../ports/cursor.js';
import { checkDimensions, checkVectors, unknownModel } from '../ports/vector-checks.js';
import type { CapsuleVectors, EmbeddedPassage, UnembeddedCapsule, VectorModel } from '../ports/vector-store.js';
import { VectorIndex, type ServedVectors } from '../search/index.js';
import type { CapsuleState, MemoryState } from './memory-state.js';

interface KeptModel {
  readonly model: string;
  readonly dimensions: number;
  /** Capsules up to this place in the ledger were dealt with. */
  upTo: number;
  readonly passages: Map<number, readonly EmbeddedPassage[]>;
}

export class MemoryVectors {
  readonly #models = new Map<string, KeptModel>();
  #serving: KeptModel | null = null;
  #index: { readonly of: KeptModel; readonly index: VectorIndex; indexed: number } | null = null;

  constructor(private readonly state: MemoryState) {}

  models(): VectorModel[] {
    return [...this.#models.values()].map((kept) => {
      const lag = this.#after(kept.upTo).length;
      const { model, dimensions } = kept;
      return { model, dimensions, embedded: this.state.capsules.size - lag, lag, serving: kept === this.#serving };
    });
  }

  begin(model: string, dimensions: number): void {
    const kept = this.#models.get(model);
    if (kept !== undefined) return checkDimensions(model, kept.dimensions, dimensions);
    // Refuses what no index could hold.
    new VectorIndex(dimensions);
    this.#models.set(model, { model, dimensions, upTo: 0, passages: new Map() });
  }

  missing(model: string, limit: number): UnembeddedCapsule[] {
    assertLimit(limit, 500);
    const after = this.#after(this.#kept(model).upTo).slice(0, limit);
    return after.map(({ seq, title, content }) => ({ seq, title, content }));
  }

  put(model: string, capsules: readonly CapsuleVectors[]): void {
    const kept = this.#kept(model);
    checkVectors(kept, capsules);
    for (const { seq, passages } of capsules) {
      if (seq <= kept.upTo) continue;
      kept.passages.set(
        seq,
        passages.map((passage) => ({ ...passage, vector: passage.vector.slice() })),
      );
      kept.upTo = seq;
    }
  }

  dealtWith(model: string, after: number, limit: number): CapsuleVectors[] {
    const { passages, upTo } = this.#kept(model);
    const seqs = this.#after(after).flatMap(({ seq }) => (seq <= upTo ? [seq] : []));
    return seqs.slice(0, limit).map((seq) => ({ seq, passages: passages.get(seq) ?? [] }));
  }

  serve(model: string | null): void {
    this.#serving = model === null ? null : this.#kept(model);
    for (const name of this.#models.keys()) if (name !== model) this.#models.delete(name);
  }

  passage(seq: number, passage: number): EmbeddedPassage | null {
    return this.#serving?.passages.get(seq)?.[passage] ?? null;
  }

  /** What serves now; null when no model does. */
  served(ordinalOf: (seq: number) => number): ServedVectors | null {
    const serving = this.#serving;
    if (serving === null) return null;
    if (this.#index?.of !== serving) {
      this.#index = { of: serving, index: new VectorIndex(serving.dimensions), indexed: 0 };
    }
    for (const [seq, passages] of [...serving.passages].slice(this.#index.indexed)) {
      const vectors = passages.map(({ vector }) => vector);
      if (vectors.length > 0) this.#index.index.set(ordinalOf(seq), vectors);
      this.#index.indexed++;
    }
    const below = this.state.capsules.size - this.#after(serving.upTo).length;
    return { model: serving.model, index: this.#index.index, below, lost: 0 };
  }

  #kept(model: string): KeptModel {
    const kept = this.#models.get(model);
    if (kept === undefined) throw unknownModel(model);
    return kept;
  }

  #after(seq: number): CapsuleState[] {
    return [...this.state.capsules.values()].filter((capsule) => capsule.seq > seq);
  }
}
