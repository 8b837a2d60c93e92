/** Why someone judges a capsule, checked at the boundary. @module */
import { checkJsonObject, checkReason, invalid } from '../capsule/validate-text.js';
import type { JsonObject } from '../ledger/json.js';

/** A judgement that others have to live with states its reason. */
export function requireReason(reason: string | null | undefined): string {
  const checked = checkReason(reason);
  if (checked === null) throw invalid('reason', 'reason is missing. Say why, in a sentence: it stays in the history.');
  return checked;
}

export function checkEvidence(evidence: JsonObject | null | undefined): JsonObject | null {
  return evidence === null || evidence === undefined ? null : checkJsonObject(evidence, 'evidence');
}
