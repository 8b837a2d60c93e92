import type { KeptEntry } from '../ports/replica.js';
import type { Store } from '../ports/store.js';

export type CopyProgress = (done: number, total: number) => void;

/** Entries read and written at once, as long as their texts are short. */
const BATCH = 500;
/** Characters of text in one transaction of the target; a single longer entry goes alone. */
const BATCH_CHARS = 4_000_000;

/** Gives the target what it lacks of the source's ledger; how many entries. */
export async function copyHistory(source: Store, target: Store, onProgress: CopyProgress): Promise<number> {
  const begun = (await target.status()).ledgerSize;
  let at = begun;
  let reading = source.replica.history(at, BATCH);
  for (;;) {
    const entries = await reading;
    const last = entries.at(-1)?.envelope.seq;
    if (last === undefined) return at - begun;
    // The source reads on while the target writes.
    reading = source.replica.history(last, BATCH);
    reading.catch(() => undefined);
    for (const batch of batchesOf(entries)) {
      await target.replica.append(batch);
      at = batch.at(-1)?.envelope.seq ?? at;
      onProgress(at, Math.max(at, (await source.status()).ledgerSize));
    }
  }
}

function* batchesOf(entries: readonly KeptEntry[]): Generator<readonly KeptEntry[]> {
  let batch: KeptEntry[] = [];
  let chars = 0;
  for (const entry of entries) {
    const length = lengthOf(entry);
    if (batch.length > 0 && chars + length > BATCH_CHARS) {
      yield batch;
      batch = [];
      chars = 0;
    }
    batch.push(entry);
    chars += length;
  }
  if (batch.length > 0) yield batch;
}

function lengthOf({ body, privateValues }: KeptEntry): number {
  return privateValues.reduce(
    (sum, { value }) => sum + (typeof value === 'string' ? value.length : 0),
    body?.length ?? 0,
  );
}
