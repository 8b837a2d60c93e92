/**
 * What was found for a question, kept as long as nothing is known that was not known then. It saves the searches of a
 * question whose answer is kept; texts are not kept here, only which versions were found and how they stood.
 * @module
 */
import type { Principal } from '../../principal.js';
import type { AskInput } from '../ask-input.js';
import { BoundedLru } from './bounded-lru.js';
import type { KnowledgeRevision } from './knowledge-revision.js';
import type { FoundSource } from './source-standing.js';

interface Kept {
  readonly revision: number;
  readonly found: readonly FoundSource[];
}

/** One run's view: all that it recalls was found at one revision. */
export interface Recollection {
  /** @param what tells this search from the others of the question. */
  recall(what: readonly string[]): readonly FoundSource[] | null;
  keep(what: readonly string[], found: readonly FoundSource[]): Promise<void>;
}

const ENTRY_BYTES = 300;
const SOURCE_BYTES = 200;

export class FoundBefore {
  readonly #kept: BoundedLru<Kept>;

  constructor(
    private readonly revision: KnowledgeRevision,
    maxBytes: number,
  ) {
    this.#kept = new BoundedLru(maxBytes);
  }

  /** @param readBy what questions are read by at the moment: they find something else when that changes */
  async begin(principal: Principal, input: AskInput, readBy: () => string): Promise<Recollection> {
    const reading = readBy();
    const before = await this.revision.current();
    const { query, limit, minTrust, collection, asOf } = input;
    const asked = [
      reading,
      principal.id,
      principal.reviewer,
      principal.trust,
      query,
      limit,
      minTrust,
      collection,
      asOf,
    ];
    const keyOf = (what: readonly string[]): string =>
      JSON.stringify([...asked.map((value) => value ?? null), ...what]);
    return {
      recall: (what) => {
        const kept = before === null ? undefined : this.#kept.get(keyOf(what));
        return kept?.revision === before ? (kept?.found ?? null) : null;
      },
      keep: async (what, found) => {
        // Only what no change came between is known to belong to the revision, and to be read in that way.
        if (before === null || (await this.revision.current()) !== before || readBy() !== reading) return;
        const key = keyOf(what);
        const texts = found.reduce((sum, { standing }) => sum + standing.length, key.length);
        this.#kept.put(key, { revision: before, found }, ENTRY_BYTES + SOURCE_BYTES * found.length + 2 * texts);
      },
    };
  }

  /** Forgets all, as after an erasure. */
  clear(): void {
    this.#kept.clear();
  }
}
