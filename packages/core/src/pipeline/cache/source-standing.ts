/** What of a source decides whether an answer that rests on it still stands. @module */
import type { Source } from '../answer/answer-provider.js';

export interface FoundSource {
  /** Of the capsule's version. */
  readonly id: string;
  /** Equal for the same version in the same standing, matched in the same place. */
  readonly standing: string;
}

/** Scores are left out: they move with every other document. */
export function foundSource({ capsule, passage }: Source): FoundSource {
  const { id, trust, chainTrust, tainted, warned, retracted, archived, isHead } = capsule;
  const flags = [tainted, warned, retracted, archived, isHead].map(Number).join('');
  return { id, standing: [id, trust, chainTrust, flags, passage.start, passage.end].join(' ') };
}

export function standingOf(found: readonly FoundSource[]): string {
  return found.map(({ standing }) => standing).join('\n');
}
