/**
 * A set's documents in a memory: what is there already is left alone, so that running it again writes nothing.
 * @module
 */
import type { ImportTarget } from '../import/import-target.js';
import { runImport, type ImportRun } from '../import/run-import.js';
import type { EvaluationSet } from './evaluation-set.js';
import { collectionOfSet, documentIdOf, planEvaluation } from './plan-evaluation.js';

/** @throws what the target throws; documents that it refuses are in the answer's `problems`. */
export async function storeDocuments(
  name: string,
  set: EvaluationSet,
  target: ImportTarget,
  onProgress: (done: number) => void = () => {},
): Promise<ImportRun> {
  const before = await target.existing(collectionOfSet(name));
  const kept = new Set(set.documents.map(({ id }) => id));
  let unarchived = 0;
  for (const series of before) {
    const id = documentIdOf(name, series.key);
    if (!series.archived || id === null || !kept.has(id)) continue;
    await target.unarchive(series.seriesId, 'in the evaluation set again');
    unarchived += 1;
  }
  const run = await runImport(planEvaluation(name, set), target, [], onProgress);
  let archived = 0;
  for (const series of before) {
    const id = documentIdOf(name, series.key);
    // Left by an earlier state of the set: it would take the place of documents that count.
    if (series.archived || id === null || kept.has(id)) continue;
    await target.archive(series.seriesId, 'no longer in the evaluation set');
    archived += 1;
  }
  return { ...run, archived, unarchived };
}
