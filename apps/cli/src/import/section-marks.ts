/**
 * Which capsules are sections that an import made. A key with `#` is no sign of that: lines of JSONL have one, and
 * anybody may give a capsule any key.
 * @module
 */
import type { PlannedCapsule } from './import-plan.js';

/** What the importer wrote into a section, as far as the memory still shows it. */
export interface SeriesOrigin {
  /** Of the newest version. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Series that any of its versions is a `fork` of. */
  readonly forkOf: ReadonlySet<string>;
}

/** The reason an import archives with; by it the next one knows what it may bring back. */
export const LEFT_ITS_DOCUMENT = 'no longer in its document';

/** Both marks of a section: what its metadata says, and the edge to its document's capsule. */
export function isSectionOf({ metadata, forkOf }: SeriesOrigin, leadSeries: string): boolean {
  return (
    typeof metadata['section'] === 'string' && typeof metadata['source_path'] === 'string' && forkOf.has(leadSeries)
  );
}

/** The key of the document that a section with this key would be of; null when it cannot be one's. */
export function documentOf(key: string, leads: ReadonlyMap<string, PlannedCapsule>): string | null {
  // A stated key of a document may hold `#` too, and a slug never does.
  const at = key.lastIndexOf('#');
  const lead = at === -1 ? undefined : leads.get(key.slice(0, at));
  // A line of JSONL has no sections.
  return lead === undefined || lead.line !== null ? null : lead.key;
}
