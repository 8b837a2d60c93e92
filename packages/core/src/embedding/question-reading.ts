/**
 * Reading questions by the model that serves: quickly or not at all, and never twice the same one.
 * @module
 */
import type { QueryVector } from '../ports/search-reader.js';
import { checkedEmbeddings, readsPlainWords } from './checked-embeddings.js';
import { embeddingFailureReason, type EmbeddingFailureReason } from './embedding-failure.js';
import type { EmbeddingProvider } from './embedding-provider.js';

export interface QuestionReadingOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds a question may take to be read. */
  readonly deadlineMs: number;
  /** Ends a question that is being read. */
  readonly signal: AbortSignal;
}

interface Unread {
  readonly question: string;
  readonly reason: EmbeddingFailureReason;
}

const QUESTIONS_REMEMBERED = 512;
/** After a question could not be read, others do not wait for the provider again so soon. */
const REST_MS = 10_000;

export class QuestionReading {
  /** By model and text, the least recently asked first. */
  readonly #questions = new Map<string, QueryVector>();
  /** The last question that could not be read, until one is read. */
  #unread: Unread | null = null;
  #restUntil = 0;
  #turns = 0;

  constructor(private readonly options: QuestionReadingOptions) {}

  /** Why questions are not read at present. */
  get failing(): EmbeddingFailureReason | null {
    return this.#unread?.reason ?? null;
  }

  /** How often it began to fail or ceased to. */
  get turns(): number {
    return this.#turns;
  }

  /** Whether {@link read} would ask the provider. */
  mustRead(provider: EmbeddingProvider, question: string): boolean {
    const { now } = this.options;
    return question !== '' && now() >= this.#restUntil && !this.#questions.has(keyOf(provider, question));
  }

  /** Null when the question cannot be read, in time or at all. */
  async read(provider: EmbeddingProvider, question: string): Promise<QueryVector | null> {
    const { now, deadlineMs, signal } = this.options;
    if (question === '' || now() < this.#restUntil) return null;
    const key = keyOf(provider, question);
    const known = this.#questions.get(key);
    if (known !== undefined) {
      this.#remember(key, known);
      return known;
    }
    const reading = checkedEmbeddings(provider, { deadlineMs });
    try {
      const [values] = await reading.embed([question.slice(0, provider.maxChars)], 'query', signal);
      if (values === undefined) return null;
      this.#found(null);
      const vector = { model: provider.model, values };
      this.#remember(key, vector);
      return vector;
    } catch (error) {
      // Search goes on by words.
      const reason = await this.#reasonOf(error, reading);
      if (reason !== null && !signal.aborted) {
        this.#found({ question, reason });
        this.#restUntil = now() + REST_MS;
      }
      return null;
    }
  }

  /** Null when it says nothing about the provider: a question may mean nothing to a model that works. */
  async #reasonOf(error: unknown, reading: EmbeddingProvider): Promise<EmbeddingFailureReason | null> {
    const reason = embeddingFailureReason(error) ?? 'unavailable';
    if (reason !== 'not_finite') return reason;
    return readsPlainWords(reading, 'query', this.options.signal).then(
      () => null,
      (again: unknown) => embeddingFailureReason(again) ?? 'unavailable',
    );
  }

  /** Tries the question again that could not be read, so that nobody has to ask to find out that it can be now. */
  async tryAgain(provider: EmbeddingProvider | null): Promise<void> {
    if (provider !== null && this.#unread !== null) await this.read(provider, this.#unread.question);
  }

  /** Another provider reads from now on. */
  beginAnew(): void {
    this.#found(null);
    this.#restUntil = 0;
  }

  #found(unread: Unread | null): void {
    if ((this.#unread === null) !== (unread === null)) this.#turns++;
    this.#unread = unread;
  }

  #remember(key: string, vector: QueryVector): void {
    this.#questions.delete(key);
    this.#questions.set(key, vector);
    const [oldest] = this.#questions.keys();
    if (this.#questions.size > QUESTIONS_REMEMBERED && oldest !== undefined) this.#questions.delete(oldest);
  }
}

function keyOf({ model }: EmbeddingProvider, question: string): string {
  return `${model}\n${question}`;
}
