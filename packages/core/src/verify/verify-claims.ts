/**
 * Claims that follow from the ledger: the keys of series, for ever. Other claims expire; of these no event speaks, so only
 * one that would never end is known to be wrong.
 * @module
 */
import { keyClaim } from '../capsule/create-capsule.js';
import { isIdempotencyClaim } from '../commit/idempotency.js';
import type { MemoryState, SeriesState } from '../memory/memory-state.js';
import type { Claim } from '../ports/commit-port.js';
import type { ErasureTest } from './verify-entries.js';
import type { Findings } from './verify-findings.js';

const KEY_SPACE = keyClaim('', '', '').space;

/** Compares rows in any order; call {@link finish} after the last. */
export class ClaimVerifier {
  readonly #seen = new Set<SeriesState>();

  constructor(
    private readonly findings: Findings,
    private readonly state: MemoryState,
    private readonly isErased: ErasureTest,
  ) {}

  claim(row: Claim): void {
    if (isIdempotencyClaim(row) && row.expiresAt === null) {
      this.findings.add('claim-added', 'An idempotency key is claimed for ever; those of requests end after a day.');
    }
    if (!row.space.startsWith(KEY_SPACE)) return;
    const ownerId = row.space.slice(KEY_SPACE.length);
    const series = this.state.byKey(ownerId, row.key);
    if (series === null) {
      if (!this.#isOfErasedKey(ownerId, row)) {
        this.findings.add(
          'claim-added',
          `A key of the owner ${ownerId} is claimed, but no entry gave it to a series.`,
          {
            id: ownerId,
          },
        );
      }
      return;
    }
    this.#seen.add(series);
    const expected = keyClaim(ownerId, row.key, series.id);
    for (const field of ['holder', 'expiresAt'] as const) {
      if (row[field] === expected[field]) continue;
      this.findings.add('claim-changed', `The ${field} of the claim on the key of series ${series.id} was changed.`, {
        id: series.id,
        field,
      });
    }
  }

  finish(): void {
    for (const series of this.state.series.values()) {
      if (series.key === null || this.#seen.has(series)) continue;
      const { id } = series;
      this.findings.add('claim-missing', `The key of series ${id} is not claimed any more.`, { id });
    }
  }

  /** The ledger no longer knows which key it was. */
  #isOfErasedKey(ownerId: string, { holder }: Claim): boolean {
    const series = this.state.series.get(holder);
    const first = series?.versions[0];
    if (series === undefined || first === undefined) return false;
    return series.ownerId === ownerId && series.key === null && this.isErased(first.seq, 'key');
  }
}
