/**
 * Whether a cascade has become a storm. The ledger says so, whichever pod carried the hops; here it is only read on from where
 * it was read last, as every delivery asks.
 * @module
 */
import type { CascadeHop, EventType } from '../ledger/events.js';
import type { LedgerEntry, LedgerReader } from '../ports/ledger-reader.js';
import type { CascadeSettings } from './decide-delivery.js';

/**
 * `storm`: the limit is reached now, which is to be put on record. `cut`: that is on record for all that descends from the same
 * beginning, and nothing of it is carried on any more.
 */
export type StormStanding = 'clear' | 'storm' | 'cut';

interface Correlation {
  /** Entries read so far. */
  hopsRead: number;
  cutsRead: number;
  /** When the latest hops were taken, as many as the limit: milliseconds since the epoch. */
  hops: readonly number[];
  /** When a storm was cut last. */
  cutAt: number | null;
}

/** Correlations that are remembered; one that was forgotten is read again. */
const MOST_KNOWN = 1_000;
const PAGE = 1_000;

export class StormWatch {
  readonly #known = new Map<string, Correlation>();
  readonly #most: number;

  constructor(
    private readonly ledger: Pick<LedgerReader, 'entries'>,
    private readonly now: () => number,
    private readonly settings: Pick<CascadeSettings, 'storm' | 'stormMs'>,
  ) {
    this.#most = Math.min(settings.storm, PAGE);
  }

  /** @param begun when the cascade began: milliseconds since the epoch. */
  async standing(correlationId: string, begun: number): Promise<StormStanding> {
    const found = await this.#read(correlationId);
    if (found.cutAt !== null && begun <= found.cutAt) return 'cut';
    const first = found.hops.at(-this.#most);
    if (first === undefined || found.hops.length < this.#most) return 'clear';
    // Correlation ids are the callers' to choose: only what came together in a short time is one storm.
    return this.now() - first < this.settings.stormMs ? 'storm' : 'clear';
  }

  async #read(correlationId: string): Promise<Correlation> {
    const known = this.#known.get(correlationId) ?? { hopsRead: 0, cutsRead: 0, hops: [], cutAt: null };
    this.#known.delete(correlationId);
    this.#known.set(correlationId, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    const [hops, cuts] = await Promise.all([
      this.#newer(correlationId, 'cascade.triggered.v1', known.hopsRead),
      this.#newer(correlationId, 'cascade.cut.v1', known.cutsRead),
    ]);
    // Several deliveries may have asked at once: what another one has read meanwhile is not counted again.
    const fresh = hops.filter(({ envelope }) => envelope.seq > known.hopsRead);
    known.hopsRead = fresh.at(-1)?.envelope.seq ?? known.hopsRead;
    known.hops = [...known.hops, ...fresh.filter(counts).map(timeOf)].slice(-this.#most);
    known.cutsRead = Math.max(known.cutsRead, cuts.at(-1)?.envelope.seq ?? 0);
    const storm = cuts.findLast(({ payload }) => payload?.['cut'] === 'STORM');
    if (storm !== undefined) known.cutAt = Math.max(known.cutAt ?? 0, timeOf(storm));
    return known;
  }

  /** In the order of the ledger. Of a correlation that was not read before only the latest entries. */
  async #newer(correlationId: string, type: EventType, after: number): Promise<readonly LedgerEntry[]> {
    const query = { correlationId, type, limit: PAGE } as const;
    if (after === 0) {
      const { items } = await this.ledger.entries({ ...query, order: 'newest', cursor: null });
      return items.toReversed();
    }
    const items: LedgerEntry[] = [];
    let cursor: string | null = null;
    do {
      const page = await this.ledger.entries({ ...query, after, order: 'oldest', cursor });
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return items;
  }
}

/** What the engine tells first is nobody's storm: a check of what is stored must not be switched off by storing much. */
function counts({ envelope, payload }: LedgerEntry): boolean {
  const hop = payload?.['hop'] as CascadeHop | undefined;
  return envelope.entity_type !== 'System' || hop === undefined || hop.number > 1;
}

function timeOf({ envelope }: LedgerEntry): number {
  return Date.parse(envelope.timestamp);
}
