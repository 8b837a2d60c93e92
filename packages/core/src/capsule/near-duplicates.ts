/** Pointing out what says nearly the same already: never a reason to refuse anything. @module */
import type { CapsuleFilter, CapsuleReader } from '../ports/capsule-reader.js';
import type { SimilarReader } from '../ports/search-reader.js';
import { isQuarantined } from '../trust/trust-level.js';
import type { CapsuleRecord } from './capsule.js';
import { resemblance } from './resemblance.js';

export const MAX_NEAR_DUPLICATES = 5;

/** Capsules whose contents are compared: the likest ones, by meaning or by words. */
const CANDIDATES = 8;
/** UTF-16 units compared in all: with very long texts the first candidates must do. */
const COMPARED_UNITS = 1_000_000;

/** From this share on two texts are near-duplicates. */
const LEAST_SHARED = 0.6;
/** So they are when this much of one, if it is not just a phrase, stands in the other. */
const LEAST_CONTAINED = 0.8;
const MORE_THAN_A_PHRASE = 20;

export interface NearDuplicate {
  readonly id: string;
  readonly seriesId: string;
  readonly title: string | null;
  /** 0–1; 1 when it has the same words, or one has all of the other's. */
  readonly resemblance: number;
}

/**
 * The heads of other series whose content is nearly that of `capsule`, the likest first, at most five. `visible` is what
 * the reader may see; what is archived, retracted or quarantined is never pointed at.
 */
export async function findNearDuplicates(
  reader: CapsuleReader & SimilarReader,
  capsule: CapsuleRecord,
  visible: Omit<CapsuleFilter, 'asOf' | 'includeArchived' | 'includeRetracted'>,
): Promise<readonly NearDuplicate[]> {
  const request = { id: capsule.id, filter: visible, limit: CANDIDATES, includePassage: false };
  const page = await reader.similar(request);
  const ids = (page?.items ?? []).map((item) => item.capsule.id);
  if (ids.length === 0) return [];
  const found: NearDuplicate[] = [];
  let left = COMPARED_UNITS;
  for (const other of await reader.capsules(ids)) {
    // Read after the search: it may have been replaced or withdrawn in between.
    if (other === null || !isPointedAt(other) || left <= 0) continue;
    left -= capsule.content.length + other.content.length;
    const { id, seriesId, title } = other;
    const likeness = likenessOf(capsule.content, other.content);
    if (likeness > 0) found.push({ id, seriesId, title, resemblance: likeness });
  }
  return found.sort((a, b) => b.resemblance - a.resemblance).slice(0, MAX_NEAR_DUPLICATES);
}

function isPointedAt({ isHead, archived, retracted, trust }: CapsuleRecord): boolean {
  return isHead && !archived && !retracted && !isQuarantined(trust);
}

/** 0 for texts that are no near-duplicates. */
function likenessOf(a: string, b: string): number {
  const { jaccard, containment, runs } = resemblance(a, b);
  if (containment >= LEAST_CONTAINED && runs >= MORE_THAN_A_PHRASE) return containment;
  return jaccard >= LEAST_SHARED ? jaccard : 0;
}
