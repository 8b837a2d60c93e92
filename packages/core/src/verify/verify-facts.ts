/** What an engine keeps at hand of its own ledger: under which name it signs, whose it is, whether it takes writes. @module */
import { canonicalize } from '../ledger/canonical-json.js';
import type { ParsedCheckpoint } from '../ledger/checkpoint.js';
import type { JsonValue } from '../ledger/json.js';
import type { MemoryState } from '../memory/memory-state.js';
import type { ChapterVerifier } from './verify-chapters.js';
import type { Findings } from './verify-findings.js';
import type { VerifyFacts } from './verify-source.js';

export function judgeFacts(
  facts: VerifyFacts,
  checkpoint: ParsedCheckpoint | null,
  chapters: ChapterVerifier,
  state: MemoryState,
  findings: Findings,
): void {
  const origin = chapters.origin ?? checkpoint?.origin ?? null;
  const changed = (field: keyof VerifyFacts, what: string): void =>
    findings.add('store-changed', `The stored ${what} was changed.`, { field });
  if (origin !== null && facts.origin !== origin) changed('origin', 'name under which the store signs');
  if (chapters.ownerId !== null && facts.ownerId !== chapters.ownerId) changed('ownerId', 'owner of the store');
  if (canonicalText(facts.sealed) !== canonicalize(state.sealed)) changed('sealed', 'note that the store was sealed');
  if (facts.maintenance !== state.maintenance) changed('maintenance', 'switch of maintenance');
  // Until a ledger has arrived whole, it is signed under the name under which it will go on.
  const arriving = checkpoint?.origin !== origin ? checkpoint?.origin : null;
  if (facts.receiving !== null && facts.receiving !== arriving) {
    changed('receiving', 'note that the store waits for the rest of a ledger');
  }
}

/** What has no canonical text was never an event's. */
function canonicalText(value: JsonValue): string | null {
  try {
    return canonicalize(value);
  } catch {
    return null;
  }
}
