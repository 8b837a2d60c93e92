/**
 * Answers kept in this process, bounded by bytes and by age; the least recently used go first.
 * @module
 */
import type { MonotonicClock } from '../clock.js';
import type { AnswerCache, KeptAnswer } from './answer-cache.js';

export interface LruAnswerCacheOptions {
  /** Bytes of all answers kept, estimated from their texts. */
  readonly maxBytes: number;
  /** Milliseconds an answer is kept. */
  readonly maxAgeMs: number;
  readonly clock: MonotonicClock;
}

interface Entry {
  readonly kept: KeptAnswer;
  readonly bytes: number;
  readonly since: number;
}

/** What an entry costs beside its texts. */
const ENTRY_BYTES = 512;
const PART_BYTES = 96;

export class LruAnswerCache implements AnswerCache {
  /** In order of use, the least recent first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(private readonly options: LruAnswerCacheOptions) {}

  /** Estimated. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  async get(key: string): Promise<KeptAnswer | null> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    this.#drop(key, entry);
    if (this.options.clock.now() - entry.since >= this.options.maxAgeMs) return null;
    this.#keep(key, entry);
    return entry.kept;
  }

  async put(key: string, kept: KeptAnswer): Promise<void> {
    const known = this.#entries.get(key);
    if (known !== undefined) this.#drop(key, known);
    const bytes = bytesOf(key, kept);
    // It would push out everything else and then itself.
    if (bytes > this.options.maxBytes) return;
    this.#keep(key, { kept, bytes, since: this.options.clock.now() });
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.options.maxBytes) return;
      this.#drop(oldest, entry);
    }
  }

  async clear(): Promise<void> {
    this.#entries.clear();
    this.#bytes = 0;
  }

  #keep(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#bytes += entry.bytes;
  }

  #drop(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}

/** Texts take two bytes a unit at most. */
function bytesOf(key: string, { answer, lookups }: KeptAnswer): number {
  const texts = [
    key,
    answer.text,
    ...answer.citations.flatMap(({ capsuleId, quote }) => [capsuleId, quote]),
    ...(answer.sentences ?? []).map(({ text }) => text),
    ...lookups.flatMap(({ name, query, found }) => [name, query, found]),
  ];
  return ENTRY_BYTES + texts.reduce((sum, text) => sum + PART_BYTES + 2 * text.length, 0);
}
