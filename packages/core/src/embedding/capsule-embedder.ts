/**
 * Keeps the store's vectors in step with its capsules, and reads questions by the model that serves. Which capsules a
 * model still lacks stands in the store, so that work goes on where it stopped however the process ended.
 * @module
 */
import type { QueryVector } from '../ports/search-reader.js';
import type { CapsuleVectors, UnembeddedCapsule, VectorModel, Vectors } from '../ports/vector-store.js';
import { checkedEmbeddings } from './checked-embeddings.js';
import { embeddingFailureReason, type EmbeddingFailureReason } from './embedding-failure.js';
import type { EmbeddingProvider } from './embedding-provider.js';
import { embeddingText, splitPassages } from './split-passages.js';

export interface CapsuleEmbedderOptions {
  readonly vectors: Vectors;
  /** Opens the model that is to serve; null when none shall. Tried again until it succeeds. */
  readonly openTarget: () => Promise<EmbeddingProvider | null>;
  /** Opens a model that served before, so that it goes on until the new one has caught up; null when it cannot be had. */
  readonly openFormer: (model: string) => Promise<EmbeddingProvider | null>;
  /** Lets other work of this thread run. */
  readonly pause: () => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Milliseconds a question may take to be read. Default 2,000. */
  readonly queryDeadlineMs?: number;
}

/** What people want to know about it. */
export interface EmbedderStatus {
  /** The model whose vectors are used; null while there are none. */
  readonly serving: string | null;
  /** Whether searches rank by them; otherwise they tell what is alike, and words alone rank. */
  readonly ranks: boolean;
  /** The model that is to serve; null when none shall, or it could not be opened. */
  readonly target: string | null;
  /** Capsule versions that the target has dealt with, and those to come. */
  readonly embedded: number;
  readonly lag: number;
  /** Why it does not get on, until it does. */
  readonly failing: EmbeddingFailureReason | null;
}

/** Capsules per round: one transaction of the store. */
const BATCH = 64;
/** Passages per call of the provider between two pauses. */
const PASSAGES_AT_ONCE = 8;
const QUESTIONS_REMEMBERED = 512;
const QUERY_DEADLINE_MS = 2_000;
/** After a question could not be read, others do not wait for the provider again so soon. */
const QUERY_REST_MS = 10_000;

export class CapsuleEmbedder {
  readonly #options: CapsuleEmbedderOptions;
  readonly #now: () => number;
  #target: EmbeddingProvider | null = null;
  #begun: Promise<void> | null = null;
  #former: { readonly model: string; readonly provider: EmbeddingProvider | null } | null = null;
  #serving: string | null = null;
  #progress = { embedded: 0, lag: 0 };
  #failing: EmbeddingFailureReason | null = null;
  /** By model and text, the least recently asked first. */
  readonly #questions = new Map<string, QueryVector>();
  #restUntil = 0;

  constructor(options: CapsuleEmbedderOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  status(): EmbedderStatus {
    return {
      serving: this.#serving,
      ranks: this.#reader() !== null,
      target: this.#target?.model ?? null,
      ...this.#progress,
      failing: this.#failing,
    };
  }

  /**
   * One round of work: a batch of capsules for the model that serves, one for the model that is to serve.
   * @throws DomainError UNAVAILABLE when a provider fails; nothing is lost, the next round tries again.
   */
  async round(): Promise<{ readonly more: boolean }> {
    try {
      const more = await this.#round();
      this.#failing = null;
      return { more };
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /** A question as the serving model reads it; null when words alone have to do. */
  async vectorOf(question: string): Promise<QueryVector | null> {
    // The first question may come before the first round has found out what serves.
    await this.#begin();
    const provider = this.#reader();
    if (provider === null || question === '' || this.#now() < this.#restUntil) return null;
    const key = `${provider.model}\n${question}`;
    const known = this.#questions.get(key);
    if (known !== undefined) {
      this.#remember(key, known);
      return known;
    }
    const reading = checkedEmbeddings(provider, { deadlineMs: this.#options.queryDeadlineMs ?? QUERY_DEADLINE_MS });
    try {
      const [values] = await reading.embed([question.slice(0, provider.maxChars)], 'query');
      if (values === undefined) return null;
      const vector = { model: provider.model, values };
      this.#remember(key, vector);
      return vector;
    } catch (error) {
      // Search goes on by words; what is wrong with the provider, the rounds will say too.
      const reason = embeddingFailureReason(error) ?? 'unavailable';
      if (reason !== 'not_finite') {
        this.#failing = reason;
        this.#restUntil = this.#now() + QUERY_REST_MS;
      }
      return null;
    }
  }

  state(): string {
    return `${this.#serving ?? ''} ${this.#progress.embedded}`;
  }

  async close(): Promise<void> {
    await this.#target?.close?.();
    if (this.#former?.provider !== this.#target) await this.#former?.provider?.close?.();
  }

  /** Finds out once which model serves and opens it; never fails. */
  #begin(): Promise<void> {
    this.#begun ??= (async () => {
      const target = await this.#open().catch((error: unknown) => this.#fail(error));
      const serving = (await this.#options.vectors.models()).find((model) => model.serving);
      this.#serving = serving?.model ?? null;
      if (serving !== undefined && target?.model !== serving.model) await this.#openFormer(serving.model);
    })();
    return this.#begun.catch(() => undefined);
  }

  #fail(error: unknown): null {
    this.#failing = embeddingFailureReason(error) ?? 'unavailable';
    return null;
  }

  async #open(): Promise<EmbeddingProvider | null> {
    this.#target ??= await this.#options.openTarget();
    return this.#target;
  }

  async #openFormer(model: string): Promise<EmbeddingProvider | null> {
    if (this.#former?.model !== model) {
      const provider = await this.#options.openFormer(model).catch(() => null);
      this.#former = { model, provider };
    }
    return this.#former.provider;
  }

  async #round(): Promise<boolean> {
    const { vectors } = this.#options;
    await this.#begin();
    const opened = await Promise.allSettled([this.#open()]);
    const models = await vectors.models();
    const serving = models.find((model) => model.serving) ?? null;
    if (opened[0].status === 'rejected') {
      // What served before goes on serving, new capsules included.
      if (serving !== null) while (await this.#keepUp(serving));
      throw opened[0].reason;
    }
    const target = opened[0].value;
    if (target === null) {
      if (models.length > 0) await vectors.serve(null);
      this.#serving = null;
      return false;
    }
    this.#serving = serving?.model ?? null;
    if (!models.some(({ model }) => model === target.model)) await vectors.begin(target.model, target.dimensions);
    // What is new has to be found by the model that serves now, however long the other one takes.
    const kept = serving !== null && serving.model !== target.model ? await this.#keepUp(serving) : false;
    const left = await this.#embed(target);
    if (serving?.model === target.model) return left;
    // Where nothing serves yet, the first few vectors are better than none: their lag is shown.
    if (!left || serving === null) {
      await vectors.serve(target.model);
      this.#serving = target.model;
      await this.#dismiss();
    }
    return left || kept;
  }

  /** True while the model that served before has capsules to deal with. */
  async #keepUp(serving: VectorModel): Promise<boolean> {
    const provider = await this.#openFormer(serving.model);
    return provider === null ? false : this.#embed(provider);
  }

  async #dismiss(): Promise<void> {
    const former = this.#former?.provider;
    this.#former = null;
    if (former !== this.#target) await former?.close?.();
  }

  /** Embeds one batch; true while capsules are left. */
  async #embed(provider: EmbeddingProvider): Promise<boolean> {
    const { vectors } = this.#options;
    const capsules = await vectors.missing(provider.model, BATCH);
    if (capsules.length > 0) await vectors.put(provider.model, await this.#vectorsOf(provider, capsules));
    if (provider === this.#target) {
      const model = (await vectors.models()).find((one) => one.model === provider.model);
      this.#progress = { embedded: model?.embedded ?? 0, lag: model?.lag ?? 0 };
      return this.#progress.lag > 0;
    }
    return capsules.length === BATCH;
  }

  async #vectorsOf(
    provider: EmbeddingProvider,
    capsules: readonly UnembeddedCapsule[],
  ): Promise<readonly CapsuleVectors[]> {
    const spans = capsules.map(({ title, content }) => splitPassages(title ?? '', content, provider.maxChars));
    const texts = capsules.flatMap(({ title, content }, i) =>
      (spans[i] ?? []).map(({ start, end }) =>
        embeddingText(title ?? '', content.slice(start, end), provider.maxChars),
      ),
    );
    const made = await this.#embedTexts(provider, texts);
    let at = 0;
    return capsules.map(({ seq }, i): CapsuleVectors => {
      const passages = (spans[i] ?? []).map(({ start, end }) => ({ start, end, vector: made[at++] ?? null }));
      return {
        seq,
        passages: passages.flatMap(({ start, end, vector }) => (vector === null ? [] : [{ start, end, vector }])),
      };
    });
  }

  /** One vector per text; null for a text that the model makes nothing of. */
  async #embedTexts(provider: EmbeddingProvider, texts: readonly string[]): Promise<readonly (Float32Array | null)[]> {
    const checked = checkedEmbeddings(provider);
    const vectors: (Float32Array | null)[] = [];
    for (let from = 0; from < texts.length; from += PASSAGES_AT_ONCE) {
      const some = texts.slice(from, from + PASSAGES_AT_ONCE);
      vectors.push(...(await embedEach(checked, some)));
      await this.#options.pause();
    }
    return vectors;
  }

  #providerOf(model: string | null): EmbeddingProvider | null {
    if (model === null) return null;
    if (this.#target?.model === model) return this.#target;
    return this.#former?.model === model ? this.#former.provider : null;
  }

  /** What reads questions: the serving model, if searches rank by it. */
  #reader(): EmbeddingProvider | null {
    const provider = this.#providerOf(this.#serving);
    return provider?.ranks === false ? null : provider;
  }

  #remember(key: string, vector: QueryVector): void {
    this.#questions.delete(key);
    this.#questions.set(key, vector);
    const [oldest] = this.#questions.keys();
    if (this.#questions.size > QUESTIONS_REMEMBERED && oldest !== undefined) this.#questions.delete(oldest);
  }
}

/** A text without direction must not keep the others from getting theirs. */
async function embedEach(
  provider: EmbeddingProvider,
  texts: readonly string[],
): Promise<readonly (Float32Array | null)[]> {
  try {
    return await provider.embed(texts, 'document');
  } catch (error) {
    if (embeddingFailureReason(error) !== 'not_finite') throw error;
    if (texts.length === 1) return [null];
    const vectors: (Float32Array | null)[] = [];
    for (const text of texts) vectors.push(...(await embedEach(provider, [text])));
    return vectors;
  }
}
