import { KINDS_OF_WORK, type Replica } from '../ports/replica.js';

const BATCH = 1_000;

/** Gives the target the source's claims, leases and messages in place of its own; how many of each. */
export async function copyWork(
  source: Replica,
  target: Replica,
  onProgress: (done: number) => void,
): Promise<{ readonly claims: number; readonly leases: number; readonly messages: number }> {
  await target.dropWork();
  const counts = { claim: 0, lease: 0, message: 0 };
  for (const kind of KINDS_OF_WORK) {
    for (;;) {
      const work = await source.work(kind, counts[kind], BATCH);
      if (work.length === 0) break;
      await target.putWork(work);
      counts[kind] += work.length;
      onProgress(counts.claim + counts.lease + counts.message);
    }
  }
  return { claims: counts.claim, leases: counts.lease, messages: counts.message };
}
