/**
 * Answers kept in this process, bounded by bytes and by age; the least recently used go first.
 * @module
 */
import type { MonotonicClock } from '../clock.js';
import type { AnswerCache, KeptAnswer } from './answer-cache.js';
import { BoundedLru } from './bounded-lru.js';

export interface LruAnswerCacheOptions {
  /** Bytes of all answers kept, estimated from their texts. */
  readonly maxBytes: number;
  /** Milliseconds an answer is kept. */
  readonly maxAgeMs: number;
  readonly clock: MonotonicClock;
}

interface Entry {
  readonly kept: KeptAnswer;
  readonly since: number;
}

/** What an entry costs beside its texts. */
const ENTRY_BYTES = 512;
const PART_BYTES = 96;

export class LruAnswerCache implements AnswerCache {
  readonly #entries: BoundedLru<Entry>;

  constructor(private readonly options: LruAnswerCacheOptions) {
    this.#entries = new BoundedLru(options.maxBytes);
  }

  /** Estimated. */
  get bytes(): number {
    return this.#entries.bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  async get(key: string): Promise<KeptAnswer | null> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    if (this.options.clock.now() - entry.since < this.options.maxAgeMs) return entry.kept;
    this.#entries.delete(key);
    return null;
  }

  async put(key: string, kept: KeptAnswer): Promise<void> {
    this.#entries.put(key, { kept, since: this.options.clock.now() }, bytesOf(key, kept));
  }

  async clear(): Promise<void> {
    this.#entries.clear();
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
