/**
 * The pipeline as it comes: in-process analysers, extractive answers, nothing to install.
 * @module
 */
import { WORDS_ALONE } from '../embedding/index.js';
import { optimiser } from './analysers/optimiser.js';
import { requestAnalysis } from './analysers/request-analysis.js';
import { securityValidator } from './analysers/security-validator.js';
import { extractiveAnswers } from './answer/extractive.js';
import type { AskPorts, AskStore, PipelineParts } from './ask-ports.js';
import { systemClock } from './clock.js';
import { DEFAULT_PIPELINE_SETTINGS } from './settings.js';

export const IN_PROCESS_PIPELINE: PipelineParts = {
  analysers: { analysis: [requestAnalysis], security: [securityValidator], optimization: [optimiser] },
  answerProvider: extractiveAnswers,
  cachedAnswers: null,
  foundBefore: null,
  queries: WORDS_ALONE,
  clock: systemClock,
  settings: DEFAULT_PIPELINE_SETTINGS,
};

/** What `ask` needs, from a store and the parts to use instead of the in-process ones. */
export function askPorts(store: AskStore, parts: Partial<PipelineParts> = {}): AskPorts {
  return {
    ...IN_PROCESS_PIPELINE,
    ...parts,
    search: (request) => store.search(request),
    capsule: (ref) => store.capsule(ref),
    capsules: (ids) => store.capsules(ids),
    byKeys: (ownerId, keys) => store.byKeys(ownerId, keys),
    versions: (seriesId) => store.versions(seriesId),
    list: (filter, limit, cursor) => store.list(filter, limit, cursor),
    lineage: (id, direction, depth) => store.lineage(id, direction, depth),
    commit: (request) => store.commit(request),
  };
}
