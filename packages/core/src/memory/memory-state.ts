/**
 * The state that follows from the ledger: a pure projection, kept as plain objects. It is what the engines are compared
 * with, so it says everything in the most direct way, and it is total: erased fields, erased payloads and events of
 * types it does not know leave it standing.
 * @module
 */
import type { CapsuleType } from '../capsule/capsule.js';
import { streamOf, type CapsuleWritten, type EventPayloads } from '../ledger/events.js';
import type { JsonObject } from '../ledger/json.js';
import type { Sealing } from '../ledger/sealing.js';
import { trustFlow, type Relation } from '../lineage/relation.js';
import { summary } from '../search/index.js';
import { deriveStanding, sameStanding } from '../trust/standing.js';
import { isQuarantined } from '../trust/trust-level.js';
import { OverlayImages } from '../overlay/overlay-image.js';

/** One entry of the ledger, opened. */
export interface StateEntry {
  readonly seq: number;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly type: string;
  readonly entityId: string;
  readonly operation: string;
  /** Erased private fields are null; the whole is null once it was erased. */
  readonly payload: JsonObject | null;
}

/** An edge as its child holds it, in the order of declaration. */
export interface StateEdge {
  readonly parent: CapsuleState;
  readonly relation: Relation;
  readonly reason: string | null;
  readonly changes: readonly string[];
}

export interface CapsuleState {
  readonly seq: number;
  readonly id: string;
  readonly series: SeriesState;
  readonly version: string;
  readonly type: CapsuleType;
  readonly ownerId: string;
  readonly title: string | null;
  /** Content as {@link MemoryStateOptions.keepContent} kept it. */
  readonly content: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
  readonly collection: string | null;
  readonly position: number | null;
  readonly validFrom: string | null;
  readonly validTo: string | null;
  readonly createdAt: string;
  readonly parents: readonly StateEdge[];
  /** Every capsule with an edge to this one, by ascending seq. */
  readonly children: CapsuleState[];
  updatedAt: string;
  trust: number;
  trustBefore: number | null;
  retracted: boolean;
  chainTrust: number;
  tainted: boolean;
  warned: boolean;
  /** Ledger position of the version that replaced it; null while it is the head. */
  recordedTo: number | null;
}

/** Hidden from `from` on, and visible again from `to` on. */
export interface ArchiveSpan {
  readonly from: number;
  to: number | null;
}

export interface SeriesState {
  readonly id: string;
  readonly ownerId: string;
  readonly key: string | null;
  /** Oldest first; never empty once an event was applied. */
  readonly versions: CapsuleState[];
  readonly archiveSpans: ArchiveSpan[];
  archived: boolean;
}

export interface MemoryStateOptions {
  /** Turns content into what is kept of it. Default: the content itself. */
  readonly keepContent?: (content: string) => string;
}

export class MemoryState {
  /** By id, in the order of creation. */
  readonly capsules = new Map<string, CapsuleState>();
  readonly series = new Map<string, SeriesState>();
  /** Newest `seq` of each stream. */
  readonly revisions = new Map<string, number>();
  readonly overlays = new OverlayImages();
  maintenance = false;
  sealed: Sealing | null = null;
  readonly #byKey = new Map<string, SeriesState>();
  readonly #keepContent: (content: string) => string;

  constructor(options: MemoryStateOptions = {}) {
    this.#keepContent = options.keepContent ?? ((content) => content);
  }

  byKey(ownerId: string, key: string): SeriesState | null {
    return this.#byKey.get(ownerKey(ownerId, key)) ?? null;
  }

  /** A capsule by its id, or the head of the series of that id. */
  resolve(ref: string): CapsuleState | null {
    const series = this.series.get(ref);
    return this.capsules.get(ref) ?? (series === undefined ? null : headOf(series));
  }

  /** Takes in the next entry. */
  apply(entry: StateEntry): void {
    const { type, payload } = entry;
    this.revisions.set(streamOf(entry.entityId, payload ?? {}), entry.seq);
    if (payload === null) return;
    switch (type) {
      case 'capsule.created.v1':
      case 'capsule.versioned.v1':
        return this.#write(entry, payload as unknown as Erasable<CapsuleWritten>);
      case 'capsule.archived.v1':
        return this.#archive(entry, String(payload['series_id']), true);
      case 'capsule.unarchived.v1':
        return this.#archive(entry, String(payload['series_id']), false);
      case 'capsule.trust_changed.v1':
        return this.#changeTrust(entry, payload as unknown as EventPayloads['capsule.trust_changed.v1']);
      case 'capsule.retracted.v1':
        return this.#retract(entry, true);
      case 'capsule.reinstated.v1':
        return this.#retract(entry, false);
      case 'store.sealed.v1':
        this.sealed = payload as unknown as Sealing;
        return;
      case 'store.opened.v1':
        this.sealed = null;
        return;
      case 'system.maintenance_changed.v1':
        this.maintenance = payload['enabled'] === true;
        return;
      default:
        this.overlays.apply(type, entry.entityId, payload, entry.seq, entry.timestamp);
    }
  }

  #write(entry: StateEntry, p: Erasable<CapsuleWritten>): void {
    const { seq, timestamp, entityId } = entry;
    const content = p.content ?? '';
    const kept = this.#keepContent(content);
    const short = summary(content);
    const parents = p.derived_from.flatMap((d, i): StateEdge[] => {
      const parent = this.capsules.get(d.id);
      // A parent whose own payload was erased is not there to be linked to.
      if (parent === undefined) return [];
      return [{ parent, relation: d.relation, reason: p.reasons?.[i] ?? null, changes: d.changes }];
    });
    const series = this.series.get(p.series_id) ?? this.#openSeries(p);
    const former = series.versions.at(-1);
    if (former !== undefined) former.recordedTo = seq;
    const capsule: CapsuleState = {
      seq,
      id: entityId,
      series,
      version: p.version,
      type: p.capsule_type,
      ownerId: p.owner_id,
      title: p.title,
      content: kept,
      // A slice keeps the text it was cut from in memory, which is what not keeping the content should avoid.
      summary: kept === content ? short : short.split('').join(''),
      tags: p.tags ?? [],
      metadata: p.metadata ?? {},
      collection: p.collection,
      position: p.position,
      validFrom: p.valid_from,
      validTo: p.valid_to,
      createdAt: timestamp,
      updatedAt: timestamp,
      parents,
      children: [],
      trust: p.trust,
      trustBefore: null,
      retracted: false,
      recordedTo: null,
      ...standingOf({ trust: p.trust, retracted: false, parents }),
    };
    for (const parent of new Set(parents.map((edge) => edge.parent))) parent.children.push(capsule);
    series.versions.push(capsule);
    this.capsules.set(entityId, capsule);
  }

  #openSeries(p: Erasable<CapsuleWritten>): SeriesState {
    const series: SeriesState = {
      id: p.series_id,
      ownerId: p.owner_id,
      key: p.key,
      versions: [],
      archiveSpans: [],
      archived: false,
    };
    this.series.set(series.id, series);
    if (p.key !== null) this.#byKey.set(ownerKey(p.owner_id, p.key), series);
    return series;
  }

  #archive({ seq, timestamp }: StateEntry, seriesId: string, archived: boolean): void {
    const series = this.series.get(seriesId);
    if (series === undefined) return;
    series.archived = archived;
    const open = series.archiveSpans.find(({ to }) => to === null);
    if (!archived) for (const span of series.archiveSpans) span.to ??= seq;
    else if (open === undefined) series.archiveSpans.push({ from: seq, to: null });
    headOf(series).updatedAt = timestamp;
  }

  #changeTrust({ timestamp, entityId }: StateEntry, p: EventPayloads['capsule.trust_changed.v1']): void {
    const capsule = this.capsules.get(entityId);
    if (capsule === undefined) return;
    capsule.trust = p.to;
    capsule.updatedAt = timestamp;
    if (!isQuarantined(p.to) || p.cause === 'release') capsule.trustBefore = null;
    // Trust reviewed while in quarantine keeps what a release goes back to.
    else if (p.cause === 'quarantine') capsule.trustBefore = p.from;
    settle(capsule);
  }

  #retract({ timestamp, entityId }: StateEntry, retracted: boolean): void {
    const capsule = this.capsules.get(entityId);
    if (capsule === undefined) return;
    capsule.retracted = retracted;
    capsule.updatedAt = timestamp;
    settle(capsule);
  }
}

/** Private fields are null once they were erased. */
type Erasable<T extends CapsuleWritten> = Omit<T, 'content' | 'tags' | 'metadata' | 'reasons'> & {
  readonly [K in 'content' | 'tags' | 'metadata' | 'reasons']: T[K] | null;
};

/** The newest version. */
export function headOf(series: SeriesState): CapsuleState {
  const head = series.versions.at(-1);
  if (head === undefined) throw new Error(`series ${series.id} has no version`);
  return head;
}

/** Everything that rests on a capsule by a relation that carries or warns, by ascending seq, without the capsule. */
function dependents(root: CapsuleState): CapsuleState[] {
  const found = new Set<CapsuleState>([root]);
  for (const capsule of found) {
    for (const child of capsule.children) {
      if (child.parents.some((e) => e.parent === capsule && trustFlow(e.relation) !== 'none')) found.add(child);
    }
  }
  found.delete(root);
  return [...found].sort((a, b) => a.seq - b.seq);
}

/** Carries a change of a capsule's own state to itself and all that rests on it. */
function settle(root: CapsuleState): void {
  Object.assign(root, standingOf(root));
  for (const capsule of dependents(root)) {
    const standing = standingOf(capsule);
    if (!sameStanding(capsule, standing)) Object.assign(capsule, standing);
  }
}

function standingOf(capsule: Pick<CapsuleState, 'trust' | 'retracted' | 'parents'>) {
  return deriveStanding(
    capsule,
    capsule.parents.map(({ parent, relation }) => ({
      relation,
      trust: parent.trust,
      retracted: parent.retracted,
      chainTrust: parent.chainTrust,
      tainted: parent.tainted,
      warned: parent.warned,
    })),
  );
}

function ownerKey(ownerId: string, key: string): string {
  return JSON.stringify([ownerId, key]);
}
