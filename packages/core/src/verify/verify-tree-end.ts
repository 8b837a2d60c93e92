/** What an engine keeps beside the signed note so that the tree can grow on: it refuses to write when that is wrong. @module */
import type { ParsedCheckpoint } from '../ledger/checkpoint.js';
import { MerkleFrontier } from '../ledger/merkle.js';
import { HASH_BYTES } from '../ledger/sha256.js';
import type { EntryVerifier } from './verify-entries.js';
import type { Findings } from './verify-findings.js';
import type { VerifyTreeEnd } from './verify-source.js';

export function judgeTreeEnd(
  end: VerifyTreeEnd | null,
  checkpoint: ParsedCheckpoint | null,
  entries: EntryVerifier,
  findings: Findings,
): void {
  // A checkpoint that is not there was named as such.
  if (end === null) return;
  const size = checkpoint?.size ?? entries.size;
  // Where these two part, entries are gone or added, or the note was changed: that was named.
  if (end.size !== size && end.size !== entries.size) {
    findings.add('checkpoint-changed', `The size stored beside the checkpoint is ${end.size} instead of ${size}.`, {
      field: 'size',
    });
  }
  // Without so many entries nobody knows the edge; the missing ones were named.
  const signed = entries.rootsAt(size);
  if (signed === null) return;
  const edges = [...signed.edges, ...(entries.rootsAt(entries.size)?.edges ?? [])];
  if (edges.some((edge) => Buffer.compare(edge, end.frontier) === 0)) return;
  // Other entries than were signed over, by an edge that is as it was: they are what was named.
  if (checkpoint !== null && isEdgeOf(checkpoint, end.frontier)) return;
  findings.add('checkpoint-changed', `The stored edge of the hash tree is not that of the first ${size} entries.`, {
    field: 'frontier',
  });
}

function isEdgeOf({ size, root }: ParsedCheckpoint, frontier: Uint8Array): boolean {
  const hashes = Array.from({ length: frontier.length / HASH_BYTES }, (_, i) =>
    frontier.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
  try {
    return Buffer.compare(MerkleFrontier.restore(size, hashes).root(), root) === 0;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
