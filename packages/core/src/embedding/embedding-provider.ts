/**
 * The port through which texts become vectors.
 * @module
 */

/** Some models read a question otherwise than a text that may answer it. */
export type EmbeddingPurpose = 'document' | 'query';

/**
 * Turns texts into vectors whose dot product is their similarity. An implementation promises the shape below; callers
 * hold it to that with `checkedEmbeddings`, which also bounds its time and names its failures.
 */
export interface EmbeddingProvider {
  /** Names model and version; vectors of different ids never mix. */
  readonly model: string;
  readonly dimensions: number;
  /** Most characters of a text the model takes account of; longer documents are cut into passages of about this length. */
  readonly maxChars: number;
  /** False: its vectors tell what is alike, not what is meant, and searches do not rank by them. Default true. */
  readonly ranks?: boolean;
  /**
   * One unit vector per text, in order.
   *
   * @throws DomainError UNAVAILABLE with `details.reason` an `EmbeddingFailureReason`; whatever else it throws is taken
   * for `unavailable`
   */
  embed(texts: readonly string[], purpose: EmbeddingPurpose, signal?: AbortSignal): Promise<readonly Float32Array[]>;
  /** Gives back what the provider holds: threads, sessions. It embeds nothing afterwards. */
  close?(): Promise<void>;
}
