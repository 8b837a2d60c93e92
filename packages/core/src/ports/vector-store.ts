/**
 * Vectors of capsules, by model. Derived data: not in the ledger, made again from the contents whenever they are lost.
 * Vectors of different models never mix; searches use those of one model, the one that serves.
 * @module
 */

export interface VectorModel {
  readonly model: string;
  readonly dimensions: number;
  /** Capsule versions dealt with, and those still to come. */
  readonly embedded: number;
  readonly lag: number;
  /** Searches use its vectors. At most one model serves. */
  readonly serving: boolean;
}

/** A capsule version that a model has no vectors of yet. */
export interface UnembeddedCapsule {
  readonly seq: number;
  readonly title: string | null;
  readonly content: string;
}

/** `start` and `end` are the passage's place in the content, in UTF-16 units. */
export interface EmbeddedPassage {
  readonly start: number;
  readonly end: number;
  readonly vector: Float32Array;
}

/** Without passages when there is nothing to embed, such as an empty text. */
export interface CapsuleVectors {
  readonly seq: number;
  readonly passages: readonly EmbeddedPassage[];
}

export interface Vectors {
  /** The models that have vectors or are being given some, in the order they began. */
  models(): Promise<readonly VectorModel[]>;
  /**
   * Begins to keep vectors of a model; harmless when they are kept already.
   * @throws DomainError INVALID_INPUT when they are kept with another dimension.
   */
  begin(model: string, dimensions: number): Promise<void>;
  /** Oldest first, all versions. `limit` 1–500. */
  missing(model: string, limit: number): Promise<readonly UnembeddedCapsule[]>;
  /**
   * Keeps vectors of the capsules that {@link missing} gave, in that order and from its beginning; what was put before is
   * passed over, so that putting twice is harmless.
   * @throws DomainError INVALID_INPUT for an unknown model, a vector of another dimension or one that is not finite.
   */
  put(model: string, capsules: readonly CapsuleVectors[]): Promise<void>;
  /**
   * From now on searches use vectors of this model, and those of no other are kept; null uses and keeps none.
   * @throws DomainError INVALID_INPUT for an unknown model.
   */
  serve(model: string | null): Promise<void>;
}
