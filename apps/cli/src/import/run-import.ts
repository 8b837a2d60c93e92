/**
 * Carrying out a plan: level by level, in batches. Every batch is all or nothing and every key makes the same capsule
 * again, so an import that was interrupted is resumed by running it once more.
 * @module
 */
import { toImportItem, type ImportItem } from './import-item.js';
import type { ImportPlan, PlannedCapsule } from './import-plan.js';
import { BatchRefused, type ImportTarget, type StoredSeries, type WrittenItem } from './import-target.js';
import { documentOf, isSectionOf, LEFT_ITS_DOCUMENT } from './section-marks.js';
import type { ImportProblem } from './source-document.js';

/** Small enough that one batch is encoded while another is compared or stored. */
const MAX_ITEMS = 250;

/** Batches under way at once. Those of one level do not depend on each other. */
const IN_FLIGHT = 3;

/** UTF-8 bytes of contents in one batch. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024;

export interface ImportCounts {
  readonly created: number;
  readonly versioned: number;
  readonly unchanged: number;
  /** Sections that are no longer in their document. */
  readonly archived: number;
  /** Sections that came back. */
  readonly unarchived: number;
  /** What somebody archived: neither written nor brought back. */
  readonly left_alone: number;
}

/** What of the plan the memory holds now; a summary of the run names these instead of the plan's own counts. */
export interface ImportRun extends ImportCounts {
  readonly documents: number;
  readonly sections: number;
  /** Edges between documents. */
  readonly relations: number;
  /** Of the run alone; those of the plan are not repeated. */
  readonly problems: readonly ImportProblem[];
}

/**
 * @param stored what the memory held before, in the plan's collections
 * @param onProgress told how many capsules are dealt with
 * @throws what {@link ImportTarget} throws, but for refused batches
 */
export async function runImport(
  plan: ImportPlan,
  target: ImportTarget,
  stored: readonly StoredSeries[],
  onProgress: (done: number) => void = () => {},
): Promise<ImportRun> {
  const run = new Run(plan, target, stored, onProgress);
  await run.leaveArchived();
  for (const level of plan.levels) await run.level(level);
  await run.archiveVanished();
  return { ...run.counts, ...run.held, problems: run.problems.sort(byPathThenLine) };
}

/** Batches end in any order; the report does not show it. */
function byPathThenLine(a: ImportProblem, b: ImportProblem): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0) || (a.reason < b.reason ? -1 : 1);
}

interface Ready {
  readonly capsule: PlannedCapsule;
  readonly item: ImportItem;
}

class Run {
  readonly counts = { created: 0, versioned: 0, unchanged: 0, archived: 0, unarchived: 0, left_alone: 0 };
  readonly held = { documents: 0, sections: 0, relations: 0 };
  readonly problems: ImportProblem[] = [];
  private readonly ids = new Map<string, string>();
  /** Of what the memory holds of the plan. */
  private readonly seriesIds = new Map<string, string>();
  /** By the key of a capsule, parents named by id that the memory refused. */
  private readonly unknown = new Map<string, Set<string>>();
  private readonly planned: ReadonlySet<string>;
  /** Keys of what somebody archived. */
  private readonly leftAlone = new Set<string>();
  /** Keys of what an import archived. */
  private readonly comesBack = new Set<string>();
  private done = 0;

  constructor(
    private readonly plan: ImportPlan,
    private readonly target: ImportTarget,
    private readonly stored: readonly StoredSeries[],
    private readonly onProgress: (done: number) => void,
  ) {
    this.planned = new Set([...plan.levels.flatMap((level) => level.map(({ key }) => key)), ...(plan.refused ?? [])]);
    for (const { key, seriesId } of stored) if (!this.planned.has(key)) this.ids.set(key, seriesId);
  }

  async level(capsules: readonly PlannedCapsule[]): Promise<void> {
    const batches = this.batches(capsules);
    let failed = false;
    const lane = async (): Promise<void> => {
      for (const batch of batches) {
        if (failed) return;
        try {
          await this.write(batch);
        } catch (error) {
          failed = true;
          throw error;
        }
      }
    };
    // Also after a failure nothing is left under way: the memory may be closed next.
    const lanes = await Promise.allSettled(Array.from({ length: IN_FLIGHT }, lane));
    for (const one of lanes) if (one.status === 'rejected') throw one.reason;
  }

  private *batches(capsules: readonly PlannedCapsule[]): Generator<readonly Ready[]> {
    let batch: Ready[] = [];
    let bytes = 0;
    for (const capsule of capsules) {
      const ready = this.prepare(capsule);
      if (ready === null) continue;
      const size = Buffer.byteLength(capsule.content);
      if (batch.length >= MAX_ITEMS || (batch.length > 0 && bytes + size > MAX_BATCH_BYTES)) {
        yield batch;
        batch = [];
        bytes = 0;
      }
      batch.push(ready);
      bytes += size;
    }
    if (batch.length > 0) yield batch;
  }

  /**
   * Looks for what somebody archived, before writing: a new version would bring it back. What an import archived is
   * written as ever, and comes back by that.
   */
  async leaveArchived(): Promise<void> {
    const archived = new Set(this.stored.flatMap((series) => (series.archived ? [series.key] : [])));
    for (const { key } of this.plan.levels.flat()) {
      if (!archived.has(key)) continue;
      const found = await this.target.archived(key);
      if (found === null) continue;
      if (found.reason === LEFT_ITS_DOCUMENT) {
        this.comesBack.add(key);
        continue;
      }
      this.leftAlone.add(key);
      // Others may rest on it all the same.
      this.ids.set(key, found.seriesId);
      this.seriesIds.set(key, found.seriesId);
    }
  }

  /** Archives sections of the documents dealt with now that are in the memory but no longer in the document. */
  async archiveVanished(): Promise<void> {
    const leads = new Map(this.plan.levels.flat().flatMap((one) => (one.sectionOf === null ? [[one.key, one]] : [])));
    for (const { key, seriesId, archived } of this.stored) {
      if (archived || this.planned.has(key)) continue;
      const lead = this.seriesIds.get(documentOf(key, leads) ?? '');
      if (lead === undefined || !isSectionOf(await this.target.origin(seriesId), lead)) continue;
      await this.target.archive(seriesId, LEFT_ITS_DOCUMENT);
      this.counts.archived += 1;
    }
  }

  private prepare(capsule: PlannedCapsule): Ready | null {
    if (this.leftAlone.has(capsule.key)) {
      this.counts.left_alone += 1;
      this.held[capsule.sectionOf === null ? 'documents' : 'sections'] += 1;
      this.advance(1);
      return null;
    }
    if (capsule.sectionOf !== null && !this.ids.has(capsule.sectionOf)) {
      // Its document was refused and is reported; a section alone would rest on nothing.
      this.advance(1);
      return null;
    }
    const { item, missing } = toImportItem(capsule, (key) => this.ids.get(key) ?? null);
    for (const { stated } of missing) {
      this.report(capsule, 'warning', `${stated}: what it names was not imported; kept as metadata`);
    }
    return { capsule, item };
  }

  private async write(batch: readonly Ready[]): Promise<void> {
    try {
      const written = await this.target.write(batch.map(({ item }) => item));
      for (const [at, ready] of batch.entries()) await this.record(ready, written[at]);
      this.advance(batch.length);
    } catch (error) {
      if (!(error instanceof BatchRefused)) throw error;
      await this.writeWithout(batch, error);
    }
  }

  /**
   * Reports the items at fault and sends the others again; halves the batch when the refusal names none. An item whose
   * fault is a parent that its author named by id goes without that parent.
   */
  private async writeWithout(batch: readonly Ready[], refusal: BatchRefused): Promise<void> {
    const bad = new Set(batch.length === 1 ? [0] : refusal.indexes.filter((index) => index < batch.length));
    if (bad.size === 0) {
      const half = Math.ceil(batch.length / 2);
      await this.write(batch.slice(0, half));
      await this.write(batch.slice(half));
      return;
    }
    const rest = batch.flatMap((ready, index) => (bad.has(index) ? this.mended(ready, refusal) : [ready]));
    this.advance(batch.length - rest.length);
    if (rest.length > 0) await this.write(rest);
  }

  /** Whether an id names anything only the memory can tell, and its refusal quotes the one at fault. */
  private mended({ capsule }: Ready, refusal: BatchRefused): readonly Ready[] {
    const unknown = this.unknown.get(capsule.key) ?? new Set();
    const blamed = capsule.derivedFrom.filter(
      ({ parent }) => 'id' in parent && !unknown.has(parent.id) && refusal.message.includes(parent.id),
    );
    if (blamed.length === 0) {
      this.report(capsule, 'failed', refusal.message);
      return [];
    }
    for (const { parent, stated } of blamed) {
      if ('id' in parent) unknown.add(parent.id);
      this.report(capsule, 'warning', `${stated}: names nothing that is here, or the same again; kept as metadata`);
    }
    this.unknown.set(capsule.key, unknown);
    return [{ capsule, item: toImportItem(capsule, (key) => this.ids.get(key) ?? null, unknown).item }];
  }

  private async record({ capsule, item }: Ready, written: WrittenItem | undefined): Promise<void> {
    if (written === undefined) throw new Error('The batch was answered with fewer items than were sent.');
    this.ids.set(capsule.key, written.id);
    this.seriesIds.set(capsule.key, written.seriesId);
    this.counts[written.result] += 1;
    this.held[capsule.sectionOf === null ? 'documents' : 'sections'] += 1;
    if (capsule.sectionOf === null) this.held.relations += item.derived_from.length;
    if (!this.comesBack.has(capsule.key)) return;
    this.counts.unarchived += 1;
    // A new version has brought it back already.
    if (written.archived) await this.target.unarchive(written.seriesId, 'imported again');
  }

  private report(
    { path, line, key, sectionOf }: PlannedCapsule,
    severity: ImportProblem['severity'],
    reason: string,
  ): void {
    const where = sectionOf === null ? '' : `section ${key.slice(sectionOf.length + 1)}: `;
    this.problems.push({ path, line, severity, reason: `${where}${reason}` });
  }

  private advance(by: number): void {
    this.done += by;
    this.onProgress(this.done);
  }
}
