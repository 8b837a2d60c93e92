/**
 * The image of each event: the nodes and relationships that queries read. What they say follows from the event alone,
 * standing from the event and its parents; `verify` derives the same again and compares.
 * @module
 */
import { isQuarantined, summary, type CapsuleWritten, type EventPayloads } from '@forge-cascade/core/engine';
import type { CapsuleState } from './capsule-states.js';
import { link, settle, standingOf } from './capsule-states.js';
import type { OpenedEvent } from './group-needs.js';
import { pairKey, type GroupRows, type GroupState, type SeriesState } from './group-state.js';
import { changeOverlayState, registerOverlay, trigger } from './overlay-graph.js';
import { castVote, openProposal } from './proposal-graph.js';

/** Takes in what `event`, now entry `seq` of the ledger, changes. `at` in milliseconds. The event fits the state. */
export function takeEvent(state: GroupState, rows: GroupRows, event: OpenedEvent, seq: number, at: number): void {
  const { sealed, payload } = event;
  switch (sealed.type) {
    case 'capsule.created.v1':
    case 'capsule.versioned.v1':
      return writeCapsule(state, rows, sealed.entityId, payload as unknown as CapsuleWritten, seq, at);
    case 'capsule.archived.v1':
    case 'capsule.unarchived.v1':
      return archive(state, rows, String(payload['series_id']), seq, at, sealed.type === 'capsule.archived.v1');
    case 'capsule.trust_changed.v1': {
      const p = payload as unknown as EventPayloads['capsule.trust_changed.v1'];
      return changeTrust(rows, capsuleOf(state, sealed.entityId), p, seq, at);
    }
    case 'capsule.retracted.v1':
    case 'capsule.reinstated.v1': {
      const capsule = capsuleOf(state, sealed.entityId);
      capsule.retracted = sealed.type === 'capsule.retracted.v1';
      if (!capsule.retracted) rows.revived.add(capsule);
      capsule.updatedAt = at;
      return settle(capsule, (changed) => rows.changed.add(changed));
    }
    case 'system.maintenance_changed.v1':
      rows.maintenance = payload['enabled'] === true;
      return;
    case 'store.opened.v1':
      rows.ledger = { origin: String(payload['origin']), owner_id: String(payload['owner_id']), sealed: null };
      return;
    case 'store.sealed.v1':
      rows.ledger = { sealed: JSON.stringify(payload) };
      return;
    case 'overlay.registered.v1':
      return registerOverlay(rows.overlays, sealed.entityId, payload as unknown as EventPayloads[typeof sealed.type]);
    case 'overlay.state_changed.v1':
      return changeOverlayState(
        rows.overlays,
        sealed.entityId,
        payload as unknown as EventPayloads[typeof sealed.type],
        at,
      );
    case 'cascade.triggered.v1':
      return trigger(rows.overlays, sealed.entityId, payload as unknown as EventPayloads[typeof sealed.type], seq, at);
    case 'proposal.opened.v1':
      return openProposal(rows.proposals, sealed.entityId, payload as unknown as EventPayloads[typeof sealed.type], at);
    case 'vote.cast.v1':
      return castVote(
        rows.proposals,
        sealed.entityId,
        payload as unknown as EventPayloads[typeof sealed.type],
        seq,
        at,
      );
    case 'pipeline.executed.v1':
    case 'owner.notified.v1':
    case 'overlay.module_kept.v1':
    case 'overlay.executed.v1':
    case 'overlay.violated.v1':
    case 'overlay.state_kept.v1':
    case 'cascade.cut.v1':
    case 'proposal.drafted.v1':
      return;
  }
}

function writeCapsule(
  state: GroupState,
  rows: GroupRows,
  id: string,
  p: CapsuleWritten,
  seq: number,
  at: number,
): void {
  const parents = p.derived_from.map((d) => ({ parent: capsuleOf(state, d.id), relation: d.relation }));
  const standing = standingOf({ trust: p.trust, retracted: false }, parents);
  const capsule: CapsuleState = {
    seq,
    id,
    seriesId: p.series_id,
    trust: p.trust,
    trustBefore: null,
    retracted: false,
    ...standing,
    updatedAt: at,
    recordedTo: null,
    parents: [],
    children: [],
  };
  link(capsule, parents);
  state.capsules.set(id, capsule);
  rows.capsules.push({
    capsule,
    at,
    properties: {
      seq,
      id,
      series_id: p.series_id,
      version: p.version,
      type: p.capsule_type,
      owner_id: p.owner_id,
      title: p.title,
      content: p.content,
      summary: summary(p.content),
      tags: p.tags,
      metadata: JSON.stringify(p.metadata),
      collection: p.collection,
      position: p.position,
      valid_from: p.valid_from,
      valid_to: p.valid_to,
      parent_id: parents[0]?.parent.id ?? null,
      parent_seq: parents[0]?.parent.seq ?? null,
    },
  });
  // How it stands is written at the end, when all of the group has moved it.
  rows.changed.add(capsule);
  p.derived_from.forEach((d, ord) => {
    const reason = p.reasons?.[ord] ?? null;
    const changes = JSON.stringify(d.changes);
    rows.edges.push({ child: id, parent: d.id, ord, relation: d.relation, reason, changes, at });
  });
  if (p.supersedes === null) {
    const series: SeriesState = { id: p.series_id, head: id, archived: false, spans: [] };
    state.series.set(series.id, series);
    rows.series.push({ id: series.id, owner_id: p.owner_id, key: p.key });
    rows.changedSeries.add(series);
    if (p.key !== null) state.keys.add(pairKey(p.owner_id, p.key));
  } else {
    const series = seriesOf(state, p.series_id);
    const former = capsuleOf(state, p.supersedes);
    former.recordedTo = seq;
    rows.changed.add(former);
    series.head = id;
    rows.changedSeries.add(series);
  }
}

function archive(
  state: GroupState,
  rows: GroupRows,
  seriesId: string,
  seq: number,
  at: number,
  archived: boolean,
): void {
  const series = seriesOf(state, seriesId);
  series.archived = archived;
  const open = series.spans.length % 2 === 1;
  if (open !== archived) series.spans.push(seq);
  rows.changedSeries.add(series);
  const head = state.capsules.get(series.head);
  if (head === undefined) throw new Error(`the head of series ${seriesId} was not read`);
  head.updatedAt = at;
  if (!archived) rows.revived.add(head);
  rows.changed.add(head);
}

function changeTrust(
  rows: GroupRows,
  capsule: CapsuleState,
  p: EventPayloads['capsule.trust_changed.v1'],
  seq: number,
  at: number,
): void {
  capsule.trust = p.to;
  capsule.updatedAt = at;
  if (!isQuarantined(p.to) || p.cause === 'release') capsule.trustBefore = null;
  // Trust reviewed while in quarantine keeps what a release goes back to.
  else if (p.cause === 'quarantine') capsule.trustBefore = p.from;
  rows.trustChanges.push({
    id: capsule.id,
    seq,
    at,
    old_level: p.from,
    new_level: p.to,
    reason: p.reason,
    cause: p.cause,
  });
  settle(capsule, (changed) => rows.changed.add(changed));
}

function capsuleOf(state: GroupState, id: string): CapsuleState {
  const capsule = state.capsules.get(id);
  if (capsule === undefined) throw new Error(`event names a capsule that is not stored: ${id}`);
  return capsule;
}

function seriesOf(state: GroupState, id: string): SeriesState {
  const series = state.series.get(id);
  if (series === undefined) throw new Error(`event names a series that is not stored: ${id}`);
  return series;
}
