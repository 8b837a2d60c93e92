import type { Store } from '../ports/store.js';
import type { VectorModel } from '../ports/vector-store.js';
import type { CopyProgress } from './copy-history.js';

/** Capsules whose vectors travel at once. */
const BATCH = 250;

/** Gives the target the vectors of all models that the source keeps; how many capsules' vectors were copied. */
export async function copyVectors(source: Store, target: Store, onProgress: CopyProgress): Promise<number> {
  const models = await source.vectors.models();
  const total = models.reduce((sum, { embedded }) => sum + embedded, 0);
  const serving = models.filter(({ serving: serves }) => serves);
  // When a model begins to serve, the others' vectors go: so the one that serves comes first.
  let done = 0;
  let copied = 0;
  for (const model of serving) copied += await copyModel(source, target, model, report);
  await target.vectors.serve(serving[0]?.model ?? null);
  for (const model of models) if (!model.serving) copied += await copyModel(source, target, model, report);
  return copied;

  function report(count: number): void {
    done += count;
    onProgress(done, total);
  }
}

async function copyModel(
  source: Store,
  target: Store,
  { model, dimensions }: VectorModel,
  report: (count: number) => void,
): Promise<number> {
  await target.vectors.begin(model, dimensions);
  const kept = (await target.vectors.models()).find((one) => one.model === model);
  report(kept?.embedded ?? 0);
  const [next] = await target.vectors.missing(model, 1);
  if (next === undefined) return 0;
  let copied = 0;
  let reading = source.replica.vectors(model, next.seq - 1, BATCH);
  for (;;) {
    const capsules = await reading;
    const last = capsules.at(-1);
    if (last === undefined) return copied;
    reading = source.replica.vectors(model, last.seq, BATCH);
    reading.catch(() => undefined);
    await target.vectors.put(model, capsules);
    copied += capsules.length;
    report(capsules.length);
  }
}
