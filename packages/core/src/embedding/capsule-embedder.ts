/**
 * Keeps the store's vectors in step with its capsules, and reads questions by the model that serves. Which capsules a
 * model still lacks stands in the store, so that work goes on where it stopped however the process ended.
 * @module
 */
import type { QueryVector } from '../ports/search-reader.js';
import type { CapsuleVectors, UnembeddedCapsule, VectorModel, Vectors } from '../ports/vector-store.js';
import { checkedEmbeddings, readsPlainWords } from './checked-embeddings.js';
import { embeddingFailure, embeddingFailureReason, type EmbeddingFailureReason } from './embedding-failure.js';
import type { EmbeddingProvider } from './embedding-provider.js';
import { QuestionReading } from './question-reading.js';
import { embeddingText, splitPassages } from './split-passages.js';

export interface CapsuleEmbedderOptions {
  readonly vectors: Vectors;
  /** Opens the model that is to serve; null when none shall. Tried again until it succeeds. */
  readonly openTarget: () => Promise<EmbeddingProvider | null>;
  /** Opens a model that served before, so that it goes on until the new one has caught up; null when it cannot be had. */
  readonly openFormer: (model: string) => Promise<EmbeddingProvider | null>;
  /**
   * Whether this model, if it serves, goes on serving: opened by `openFormer`, or by nobody where it cannot be had. By default
   * the target takes over from any, and the vectors before it are dropped.
   */
  readonly keepsServing?: (model: string) => boolean;
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
  /** Capsule versions that the target, or else the model that serves, has dealt with, and those to come. */
  readonly embedded: number;
  readonly lag: number;
  /** Why it does not get on, until it does. */
  readonly failing: EmbeddingFailureReason | null;
}

/** Capsules per round: one transaction of the store. */
const BATCH = 64;
/** Passages per call of the provider between two pauses. */
const PASSAGES_AT_ONCE = 8;
const QUERY_DEADLINE_MS = 2_000;
/** The work for a new model does not wait so soon again for one that served before and fails. */
const FORMER_REST_MS = 60_000;

export class CapsuleEmbedder {
  readonly #options: CapsuleEmbedderOptions;
  readonly #now: () => number;
  #target: EmbeddingProvider | null = null;
  #begun: Promise<void> | null = null;
  #former: { readonly model: string; readonly provider: EmbeddingProvider | null } | null = null;
  #formerRestUntil = 0;
  #serving: Pick<VectorModel, 'model' | 'dimensions'> | null = null;
  #progress = { embedded: 0, lag: 0 };
  #failing: EmbeddingFailureReason | null = null;
  /** Grows with whatever could make a question find something else. */
  #turns = 0;
  readonly #closing = new AbortController();
  readonly #questions: QuestionReading;

  constructor(options: CapsuleEmbedderOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    const deadlineMs = options.queryDeadlineMs ?? QUERY_DEADLINE_MS;
    this.#questions = new QuestionReading({ now: this.#now, deadlineMs, signal: this.#closing.signal });
  }

  status(): EmbedderStatus {
    return {
      serving: this.#serving?.model ?? null,
      ranks: this.#reader() !== null,
      target: this.#target?.model ?? null,
      ...this.#progress,
      failing: this.#failing ?? this.#questions.failing,
    };
  }

  /**
   * Learns what serves and how far it is, without working: the work may be another pod's.
   * @returns whether there is any.
   * @throws whatever the store fails with.
   */
  async follow(): Promise<boolean> {
    await this.#begin();
    let unopened: unknown = null;
    const target = await this.#open().catch((error: unknown) => {
      unopened = error;
      return undefined;
    });
    const models = await this.#options.vectors.models();
    const serving = models.find((model) => model.serving) ?? null;
    if (serving !== null && serving.model !== target?.model) await this.#openFormer(serving.model);
    this.#serves(serving);
    const own = models.find(({ model }) => model === target?.model);
    if (target !== null) this.#progressOf(models);
    if (embeddingFailureReason(unopened) === 'not_set_up') {
      // Nothing that another try would change, so it is no work: somebody has to set it up.
      this.#fail(unopened);
      return false;
    }
    // One that cannot be opened is for the round to fail with.
    const done = target === null ? models.length === 0 : own !== undefined && own.lag === 0 && own === serving;
    if (done) this.#failing = null;
    await this.#questions.tryAgain(this.#reader());
    return !done;
  }

  /**
   * One round of work: a batch of capsules for the model that serves, one for the model that is to serve.
   * @throws DomainError UNAVAILABLE when a provider fails; nothing is lost, the next round tries again.
   */
  async round(): Promise<{ readonly more: boolean }> {
    try {
      const more = await this.#round();
      this.#failing = null;
      await this.#questions.tryAgain(this.#reader());
      return { more };
    } catch (error) {
      if (this.#closing.signal.aborted) return { more: false };
      this.#fail(error);
      throw error;
    }
  }

  /** A question as the serving model reads it; null when words alone have to do. */
  async vectorOf(question: string): Promise<QueryVector | null> {
    // The first question may come before the first round has found out what serves.
    await this.#begin();
    const reader = this.#reader();
    return reader === null ? null : this.#questions.read(reader, question);
  }

  mustRead(question: string): boolean {
    const reader = this.#reader();
    return reader !== null && this.#questions.mustRead(reader, question);
  }

  state(): string {
    // Whatever is embedded meanwhile: where words alone rank, it changes nothing.
    if (this.#reader() === null) return '';
    return `${this.#serving?.model ?? ''} ${this.#turns} ${this.#questions.turns}`;
  }

  /** Ends a round and a question that are under way, without an error; what was put before is kept. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#target?.close?.();
    if (this.#former?.provider !== this.#target) await this.#former?.provider?.close?.();
  }

  /** Finds out once which model serves and opens it; never fails. */
  #begin(): Promise<void> {
    this.#begun ??= (async () => {
      const target = await this.#open().catch((error: unknown) => this.#fail(error));
      const models = await this.#options.vectors.models();
      const serving = models.find((model) => model.serving);
      this.#serving = serving ?? null;
      this.#progressOf(models);
      if (serving !== undefined && target?.model !== serving.model) await this.#openFormer(serving.model);
    })();
    return this.#begun.catch(() => undefined);
  }

  #fail(error: unknown): null {
    this.#failing = embeddingFailureReason(error) ?? 'unavailable';
    return null;
  }

  async #open(): Promise<EmbeddingProvider | null> {
    const kept = await this.#kept();
    if (kept !== null && this.#target?.model !== kept) {
      // What was open was for a store that nothing served, and another process has chosen since.
      const before = this.#target;
      this.#target = null;
      await before?.close?.();
      const provider = await this.#unlessClosing(this.#options.openFormer(kept));
      if (provider?.model !== kept) {
        await provider?.close?.();
        throw embeddingFailure(kept, 'not_set_up');
      }
      this.#target = provider;
    }
    this.#target ??= await this.#unlessClosing(this.#options.openTarget());
    return this.#target;
  }

  #keeps(model: string): boolean {
    return this.#options.keepsServing?.(model) ?? false;
  }

  /** The model that serves, where it is not for this process to replace it. */
  async #kept(): Promise<string | null> {
    if (this.#options.keepsServing === undefined) return null;
    const serving = (await this.#options.vectors.models()).find((model) => model.serving);
    return serving !== undefined && this.#keeps(serving.model) ? serving.model : null;
  }

  /** A model may take long to open; closing does not wait for it, and one that comes too late is closed. */
  #unlessClosing(opening: Promise<EmbeddingProvider | null>): Promise<EmbeddingProvider | null> {
    const { signal } = this.#closing;
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        reject(signal.reason as Error);
        opening.then((late) => late?.close?.()).catch(() => undefined);
      };
      if (signal.aborted) return stop();
      signal.addEventListener('abort', stop, { once: true });
      opening.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    });
  }

  async #openFormer(model: string): Promise<EmbeddingProvider | null> {
    // What serves is the target there, and whether it can be opened is known.
    if (this.#keeps(model)) return null;
    if (this.#former?.model !== model) {
      const provider = await this.#unlessClosing(this.#options.openFormer(model)).catch(() => null);
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
      if (serving !== null) while (await this.#keepUpIfItCan(serving));
      throw opened[0].reason;
    }
    const target = opened[0].value;
    // Chosen by another process since this one looked.
    if (serving !== null && this.#keeps(serving.model) && serving.model !== target?.model) return true;
    if (target === null) {
      if (models.length > 0) await vectors.serve(null);
      this.#serves(null);
      this.#progress = { embedded: 0, lag: 0 };
      return false;
    }
    this.#serves(serving);
    // What is new has to be found by the model that serves now, however long the other one takes.
    const kept = serving !== null && serving.model !== target.model ? await this.#keepUpIfItCan(serving) : false;
    const begun = models.find(({ model }) => model === target.model);
    if (begun === undefined) await vectors.begin(target.model, target.dimensions);
    else if (begun.dimensions !== target.dimensions) {
      const message = `Vectors of ${target.model} are kept with ${begun.dimensions} dimensions, it now has ${target.dimensions}.`;
      throw embeddingFailure(target.model, 'wrong_dimensions', { message });
    }
    const left = await this.#embed(target);
    if (serving?.model === target.model) return left;
    // Where nothing serves yet, the first few vectors are better than none: their lag is shown.
    if (!left || serving === null) {
      await vectors.serve(target.model);
      this.#serves(target);
      await this.#dismiss();
    }
    return left || kept;
  }

  /** True while the model that served before has capsules to deal with. */
  async #keepUp(serving: VectorModel): Promise<boolean> {
    const provider = await this.#openFormer(serving.model);
    return provider === null ? false : this.#embed(provider);
  }

  /** The same, for as long as the model that is to serve must not wait: one that fails holds up nothing but itself. */
  async #keepUpIfItCan(serving: VectorModel): Promise<boolean> {
    if (this.#now() < this.#formerRestUntil) return false;
    try {
      return await this.#keepUp(serving);
    } catch (error) {
      if (embeddingFailureReason(error) === null) throw error;
      this.#formerRestUntil = this.#now() + FORMER_REST_MS;
      return false;
    }
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
    if (capsules.length > 0) {
      await vectors.put(provider.model, await this.#vectorsOf(provider, capsules));
      this.#turns++;
    }
    if (provider === this.#target) {
      this.#progressOf(await vectors.models());
      return this.#progress.lag > 0;
    }
    return capsules.length === BATCH;
  }

  #progressOf(models: readonly VectorModel[]): void {
    const counted = this.#target?.model ?? models.find(({ serving }) => serving)?.model;
    const { embedded = 0, lag = 0 } = models.find(({ model }) => model === counted) ?? {};
    this.#progress = { embedded, lag };
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

  /** One vector per text; null for a text that the model makes nothing of, unless that is so of any text. */
  async #embedTexts(provider: EmbeddingProvider, texts: readonly string[]): Promise<readonly (Float32Array | null)[]> {
    const checked = checkedEmbeddings(provider);
    const vectors: (Float32Array | null)[] = [];
    for (let from = 0; from < texts.length; from += PASSAGES_AT_ONCE) {
      const some = texts.slice(from, from + PASSAGES_AT_ONCE);
      vectors.push(...(await embedEach(checked, some, this.#closing.signal)));
      await this.#options.pause();
    }
    if (vectors.includes(null)) await readsPlainWords(checked, 'document', this.#closing.signal);
    return vectors;
  }

  /** Whoever reads questions as the vectors that serve were read, if searches rank by them. */
  #reader(): EmbeddingProvider | null {
    const serving = this.#serving;
    if (serving === null) return null;
    const [target, former] = [this.#target, this.#former?.provider ?? null];
    const reader = target?.model === serving.model ? target : former?.model === serving.model ? former : null;
    return reader?.dimensions === serving.dimensions && reader.ranks !== false ? reader : null;
  }

  #serves(model: Pick<VectorModel, 'model' | 'dimensions'> | null): void {
    if (this.#serving?.model !== model?.model) {
      this.#turns++;
      this.#questions.beginAnew();
    }
    this.#serving = model;
  }
}

/** A text without direction must not keep the others from getting theirs. */
async function embedEach(
  provider: EmbeddingProvider,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<readonly (Float32Array | null)[]> {
  try {
    return await provider.embed(texts, 'document', signal);
  } catch (error) {
    if (embeddingFailureReason(error) !== 'not_finite') throw error;
    if (texts.length === 1) return [null];
    const vectors: (Float32Array | null)[] = [];
    for (const text of texts) vectors.push(...(await embedEach(provider, [text], signal)));
    return vectors;
  }
}
