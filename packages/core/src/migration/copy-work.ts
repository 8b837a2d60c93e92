import { KINDS_OF_WORK, type Replica } from '../ports/replica.js';

const BATCH = 1_000;

/**
 * Gives the target the source's claims, leases and messages in place of its own; how many of each. A message that says it
 * was promised by an entry beyond `ledgerSize` was promised by none.
 */
export async function copyWork(
  source: Replica,
  target: Replica,
  ledgerSize: number,
  onProgress: (done: number) => void,
): Promise<{ readonly claims: number; readonly leases: number; readonly messages: number }> {
  await target.dropWork();
  const counts = { claim: 0, lease: 0, message: 0 };
  for (const kind of KINDS_OF_WORK) {
    for (let read = 0; ; read += BATCH) {
      const work = await source.work(kind, read, BATCH);
      if (work.length === 0) break;
      const promised = work.filter((one) => one.kind !== 'message' || (one.seq >= 1 && one.seq <= ledgerSize));
      await target.putWork(promised);
      counts[kind] += promised.length;
      onProgress(counts.claim + counts.lease + counts.message);
    }
  }
  return { claims: counts.claim, leases: counts.lease, messages: counts.message };
}
