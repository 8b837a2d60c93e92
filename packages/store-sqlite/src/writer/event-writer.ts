/**
 * Writes the image of each event: the rows that queries read. What a row says follows from the event alone, standing
 * from the event and its parents; `verify` derives the same rows again and compares.
 * @module
 */
import {
  isQuarantined,
  openPayload,
  summary,
  type CapsuleWritten,
  type EventPayloads,
  type JsonObject,
  type SealedEvent,
} from '@forge-cascade/core/engine';
import type { Database, Statement } from '../driver.js';
import { OverlayWriter } from './overlay-writer.js';
import { StandingWriter } from './standing-writer.js';

export class EventWriter {
  readonly standing: StandingWriter;
  readonly #overlays: OverlayWriter;
  readonly #insertCapsule: Statement;
  readonly #insertEdge: Statement;
  readonly #insertSeries: Statement;
  readonly #moveHead: Statement;
  readonly #endHead: Statement;
  readonly #seqOf: Statement;
  readonly #seriesOf: Statement;
  readonly #archive: Statement;
  readonly #openSpan: Statement;
  readonly #closeSpan: Statement;
  readonly #touch: Statement;
  readonly #setTrust: Statement;
  readonly #setRetracted: Statement;
  readonly #log: Statement;
  readonly #logSeries: Statement;
  readonly #setMeta: Statement;
  readonly #dropMeta: Statement;

  constructor(db: Database) {
    this.standing = new StandingWriter(db);
    this.#overlays = new OverlayWriter(db);
    this.#insertCapsule = db.prepare(
      `INSERT INTO capsule(seq, series, head, trust, chain_trust, tainted, warned, retracted, trust_before, recorded_to,
         created_at, updated_at, id, version, type, owner_id, position, valid_from, valid_to, collection, title, summary, tags, metadata)
       VALUES (?, ?, 1, ?, ?, ?, ?, 0, NULL, NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#insertEdge = db.prepare(
      'INSERT INTO edge(child, ord, parent, relation, reason, changes) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#insertSeries = db.prepare('INSERT INTO series(series, id, owner_id, key, head) VALUES (?, ?, ?, ?, ?)');
    this.#moveHead = db.prepare('UPDATE series SET head = ? WHERE series = ?');
    this.#endHead = db.prepare('UPDATE capsule SET head = 0, recorded_to = ? WHERE seq = ?');
    this.#seqOf = db.prepare('SELECT seq FROM capsule WHERE id = ?');
    this.#seriesOf = db.prepare('SELECT series, head FROM series WHERE id = ?');
    this.#archive = db.prepare('UPDATE series SET archived = ? WHERE series = ?');
    this.#openSpan = db.prepare(
      `INSERT INTO archive_span(series, from_seq) SELECT ?1, ?2
         WHERE NOT EXISTS (SELECT 1 FROM archive_span WHERE series = ?1 AND to_seq IS NULL)`,
    );
    this.#closeSpan = db.prepare('UPDATE archive_span SET to_seq = ? WHERE series = ? AND to_seq IS NULL');
    this.#touch = db.prepare('UPDATE capsule SET updated_at = ? WHERE seq = ?');
    // Trust reviewed while in quarantine keeps what a release goes back to.
    this.#setTrust = db.prepare(
      `UPDATE capsule SET trust = ?1, updated_at = ?2,
         trust_before = CASE WHEN ?3 = 0 THEN NULL WHEN ?4 = 1 THEN ?5 ELSE trust_before END WHERE seq = ?6`,
    );
    this.#setRetracted = db.prepare('UPDATE capsule SET retracted = ?, updated_at = ? WHERE seq = ?');
    this.#log = db.prepare('INSERT INTO change_log(capsule) VALUES (?)');
    this.#logSeries = db.prepare('INSERT INTO change_log(capsule) SELECT seq FROM capsule WHERE series = ?');
    this.#setMeta = db.prepare('INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)');
    this.#dropMeta = db.prepare('DELETE FROM meta WHERE key = ?');
  }

  /** Writes what `event` with its parsed `body`, now entry `seq` of the ledger, changes. `at` in milliseconds. */
  apply(event: SealedEvent, body: JsonObject, seq: number, at: number): void {
    const payload = openPayload(event.type, body, event.privateValues);
    switch (event.type) {
      case 'capsule.created.v1':
      case 'capsule.versioned.v1':
        return this.#capsule(event.entityId, payload as CapsuleWritten, seq, at);
      case 'capsule.archived.v1':
        return this.#archived(payload as EventPayloads['capsule.archived.v1'], seq, at, true);
      case 'capsule.unarchived.v1':
        return this.#archived(payload as EventPayloads['capsule.unarchived.v1'], seq, at, false);
      case 'capsule.trust_changed.v1':
        return this.#trust(event.entityId, payload as EventPayloads['capsule.trust_changed.v1'], seq, at);
      case 'capsule.retracted.v1':
        return this.#retracted(event.entityId, seq, at, true);
      case 'capsule.reinstated.v1':
        return this.#retracted(event.entityId, seq, at, false);
      case 'system.maintenance_changed.v1':
        this.#setMeta.run(
          'maintenance',
          (payload as EventPayloads['system.maintenance_changed.v1']).enabled ? '1' : '0',
        );
        return;
      case 'store.opened.v1':
        this.#setMeta.run('origin', (payload as EventPayloads['store.opened.v1']).origin);
        this.#setMeta.run('owner_id', (payload as EventPayloads['store.opened.v1']).owner_id);
        this.#dropMeta.run('sealed');
        return;
      case 'store.sealed.v1':
        this.#setMeta.run('sealed', JSON.stringify(payload));
        return;
      case 'overlay.registered.v1':
        return this.#overlays.register(event.entityId, payload as EventPayloads['overlay.registered.v1'], at);
      case 'overlay.state_changed.v1':
        return this.#overlays.changeState(event.entityId, payload as EventPayloads['overlay.state_changed.v1'], at);
      case 'overlay.executed.v1':
        return this.#overlays.execute(payload as EventPayloads['overlay.executed.v1'], seq, at);
      case 'overlay.violated.v1':
        return this.#overlays.violate((payload as EventPayloads['overlay.violated.v1']).overlay_id);
      case 'overlay.state_kept.v1':
        return this.#overlays.keepState(payload as EventPayloads['overlay.state_kept.v1']);
      case 'cascade.triggered.v1':
        return this.#overlays.trigger(event.entityId, (payload as EventPayloads['cascade.triggered.v1']).target_id);
      case 'pipeline.executed.v1':
      case 'owner.notified.v1':
      case 'overlay.module_kept.v1':
      case 'cascade.cut.v1':
      case 'proposal.opened.v1':
      case 'proposal.drafted.v1':
      case 'vote.cast.v1':
        return;
    }
  }

  #capsule(id: string, p: CapsuleWritten, seq: number, at: number): void {
    const parents = p.derived_from.map((d) => ({ seq: this.#seq(d.id), relation: d.relation }));
    const standing = this.standing.initial(p.trust, parents);
    const series = p.supersedes === null ? seq : this.#series(p.series_id).series;
    this.#insertCapsule.run(
      seq,
      series,
      p.trust,
      standing.chainTrust,
      standing.tainted ? 1 : 0,
      standing.warned ? 1 : 0,
      at,
      at,
      id,
      p.version,
      p.capsule_type,
      p.owner_id,
      p.position,
      p.valid_from,
      p.valid_to,
      p.collection,
      p.title,
      summary(p.content),
      JSON.stringify(p.tags),
      JSON.stringify(p.metadata),
    );
    p.derived_from.forEach((d, ord) => {
      const parent = parents[ord];
      if (parent !== undefined) {
        this.#insertEdge.run(seq, ord, parent.seq, d.relation, p.reasons?.[ord] ?? null, JSON.stringify(d.changes));
      }
    });
    this.standing.adopted(seq, parents);
    if (p.supersedes === null) {
      this.#insertSeries.run(seq, p.series_id, p.owner_id, p.key, seq);
    } else {
      const former = this.#seq(p.supersedes);
      this.#endHead.run(seq, former);
      this.#log.run(former);
      this.#moveHead.run(seq, series);
    }
    this.#log.run(seq);
  }

  #archived(p: { readonly series_id: string }, seq: number, at: number, archived: boolean): void {
    const { series, head } = this.#series(p.series_id);
    this.#archive.run(archived ? 1 : 0, series);
    if (archived) this.#openSpan.run(series, seq);
    else this.#closeSpan.run(seq, series);
    this.#touch.run(at, head);
    this.#logSeries.run(series);
  }

  #trust(id: string, p: EventPayloads['capsule.trust_changed.v1'], seq: number, at: number): void {
    const capsule = this.#seq(id);
    this.#setTrust.run(
      p.to,
      at,
      isQuarantined(p.to) && p.cause !== 'release' ? 1 : 0,
      p.cause === 'quarantine' ? 1 : 0,
      p.from,
      capsule,
    );
    this.#log.run(capsule);
    this.standing.spread(capsule, seq);
  }

  #retracted(id: string, seq: number, at: number, retracted: boolean): void {
    const capsule = this.#seq(id);
    this.#setRetracted.run(retracted ? 1 : 0, at, capsule);
    this.#log.run(capsule);
    this.standing.spread(capsule, seq);
  }

  #seq(id: string): number {
    const row = this.#seqOf.get(id);
    if (row === undefined) throw new Error(`event names a capsule that is not stored: ${id}`);
    return Number(row['seq']);
  }

  #series(id: string): { readonly series: number; readonly head: number } {
    const row = this.#seriesOf.get(id);
    if (row === undefined) throw new Error(`event names a series that is not stored: ${id}`);
    return { series: Number(row['series']), head: Number(row['head']) };
  }
}
