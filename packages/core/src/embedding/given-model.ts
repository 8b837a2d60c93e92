/** A model for tests: real vectors, and failures as they are told. @module */
import { embeddingFailure, type EmbeddingFailureReason } from './embedding-failure.js';
import type { EmbeddingProvider } from './embedding-provider.js';
import { hashingEmbedder } from './hashing-embedder.js';

/** The hashing embedder under another name, which can be told to fail. */
export class GivenModel implements EmbeddingProvider {
  readonly maxChars: number = 2_000;
  failing: EmbeddingFailureReason | null = null;
  /** Answers neither questions nor documents, whatever the signal says. */
  hanging = false;
  /** Texts it makes nothing of. */
  speechless = '';
  readonly asked: string[] = [];
  closed = false;
  readonly #inner = hashingEmbedder();

  /** @param dimensions at most 384: so many of the hashing embedder's numbers */
  constructor(
    readonly model: string,
    readonly dimensions = 384,
  ) {}

  async embed(texts: readonly string[], purpose: 'document' | 'query'): Promise<readonly Float32Array[]> {
    if (this.failing !== null) throw embeddingFailure(this.model, this.failing);
    this.asked.push(...texts);
    if (this.hanging) return new Promise(() => undefined);
    const vectors = await this.#inner.embed(texts, purpose);
    return vectors.map((vector, i) =>
      this.speechless !== '' && texts[i]?.includes(this.speechless) === true
        ? new Float32Array(this.dimensions)
        : vector.slice(0, this.dimensions),
    );
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}
