/**
 * Tells whether what is known has changed. The ledger holds every change, so its newest entry that is more than a run or
 * a notice stands for all that searches and lineages can find.
 * @module
 */
import type { EventType } from '../../ledger/events.js';
import type { LedgerReader } from '../../ports/ledger-reader.js';
import type { Store } from '../../ports/store.js';

/** Entries that change nothing a search could find. What is not listed here, changes it. */
const BESIDE_KNOWLEDGE: ReadonlySet<string> = new Set<EventType>([
  'pipeline.executed.v1',
  'owner.notified.v1',
  'system.maintenance_changed.v1',
  'overlay.registered.v1',
  'overlay.module_kept.v1',
  'overlay.state_changed.v1',
  'overlay.executed.v1',
  'overlay.violated.v1',
  'overlay.state_kept.v1',
  'cascade.triggered.v1',
  'cascade.cut.v1',
  'proposal.drafted.v1',
  'proposal.opened.v1',
  'vote.cast.v1',
]);

/** More new entries than this are taken for a change, unread. */
const MOST_READ = 200;

export class KnowledgeRevision {
  /** All entries up to here have been looked at. */
  #seen = 0;
  /** The newest of them that changed what is known. */
  #newest = 0;

  constructor(private readonly store: Pick<Store, 'status'> & Pick<LedgerReader, 'entries'>) {}

  /**
   * Equal revisions: the same is known, found and trusted. Null while a change is still on its way to the index or to
   * descendants, so that two readings of one ledger may differ.
   */
  async current(): Promise<number | null> {
    const seen = this.#seen;
    const read = async () =>
      (await this.store.entries({ after: seen, order: 'oldest', limit: MOST_READ, cursor: null })).items;
    // Read beside the size: asking for it first would be one more journey to the store.
    const [{ ledgerSize, searchLag, trustPropagations }, beside] = await Promise.all([this.store.status(), read()]);
    if (searchLag > 0 || trustPropagations > 0) return null;
    if (ledgerSize - seen > MOST_READ) this.#advance(ledgerSize, ledgerSize);
    else {
      // What was read may be older than the size.
      const items = (beside.at(-1)?.envelope.seq ?? seen) < ledgerSize ? await read() : beside;
      const changed = items.findLast(({ envelope: { seq, type } }) => seq <= ledgerSize && !BESIDE_KNOWLEDGE.has(type));
      this.#advance(ledgerSize, changed?.envelope.seq ?? 0);
    }
    return this.#newest;
  }

  /** Readings overlap; none takes back what another one has seen. */
  #advance(seen: number, newest: number): void {
    this.#seen = Math.max(this.#seen, seen);
    this.#newest = Math.max(this.#newest, newest);
  }
}
