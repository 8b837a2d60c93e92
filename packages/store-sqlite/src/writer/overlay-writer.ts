/** The image of overlays: how they stand, what they keep, whom they triggered, and where their receipts are. @module */
import {
  begunAnew,
  executed,
  NO_ACTIVITY,
  registered,
  stateChanged,
  violated,
  type EventPayloads,
  type OverlayActivity,
  type OverlayRecording,
  type OverlayStanding,
} from '@forge-cascade/core/engine';
import type { Database, Statement } from '../driver.js';

export class OverlayWriter {
  readonly #standing: Statement;
  readonly #activity: Statement;
  readonly #put: Statement;
  readonly #putActivity: Statement;
  readonly #receipt: Statement;
  readonly #value: Statement;
  readonly #dropValue: Statement;
  readonly #trigger: Statement;

  constructor(db: Database) {
    this.#standing = db.prepare('SELECT standing FROM overlay WHERE id = ?');
    this.#activity = db.prepare('SELECT activity FROM overlay WHERE id = ?');
    this.#put = db.prepare('INSERT OR REPLACE INTO overlay(id, standing, activity) VALUES (?, ?, ?)');
    this.#putActivity = db.prepare('UPDATE overlay SET activity = ? WHERE id = ?');
    this.#receipt = db.prepare('INSERT INTO overlay_receipt(overlay, seq) VALUES (?, ?)');
    this.#value = db.prepare('INSERT OR REPLACE INTO overlay_value(overlay, key, value) VALUES (?, ?, ?)');
    this.#dropValue = db.prepare('DELETE FROM overlay_value WHERE overlay = ? AND key = ?');
    this.#trigger = db.prepare(
      `INSERT OR IGNORE INTO overlay_trigger(source, target) SELECT ?1, ?2
         WHERE EXISTS (SELECT 1 FROM overlay WHERE id = ?1) AND EXISTS (SELECT 1 FROM overlay WHERE id = ?2)`,
    );
  }

  register(id: string, p: EventPayloads['overlay.registered.v1'], at: number): void {
    this.#save(registered(id, p, iso(at)), begunAnew(this.#activityOf(id) ?? NO_ACTIVITY));
  }

  changeState(id: string, p: EventPayloads['overlay.state_changed.v1'], at: number): void {
    const standing = this.#standing.get(id)?.['standing'];
    if (standing === undefined) return;
    const before = JSON.parse(String(standing)) as OverlayStanding;
    this.#save(stateChanged(before, p, iso(at)), begunAnew(this.#activityOf(id) ?? NO_ACTIVITY));
  }

  execute(p: EventPayloads['overlay.executed.v1'], seq: number, at: number): void {
    const before = this.#activityOf(p.overlay_id);
    if (before === null) return;
    this.#putActivity.run(JSON.stringify(executed(before, p, iso(at))), p.overlay_id);
    this.#receipt.run(p.overlay_id, seq);
  }

  violate(id: string): void {
    const before = this.#activityOf(id);
    if (before !== null) this.#putActivity.run(JSON.stringify(violated(before)), id);
  }

  keepState({ overlay_id: id, key, value }: EventPayloads['overlay.state_kept.v1']): void {
    if (this.#activityOf(id) === null) return;
    if (value === null) this.#dropValue.run(id, key);
    else this.#value.run(id, key, JSON.stringify(value));
  }

  trigger(source: string, target: string): void {
    this.#trigger.run(source, target);
  }

  #save(standing: OverlayStanding, activity: OverlayActivity): void {
    this.#put.run(standing.id, JSON.stringify(standing), JSON.stringify(activity));
  }

  #activityOf(id: string): OverlayActivity | null {
    const activity = this.#activity.get(id)?.['activity'];
    return activity === undefined ? null : (JSON.parse(String(activity)) as OverlayActivity);
  }
}

/** Keeps recordings, and forgets the oldest of each overlay beyond `most`. */
export function keepRecordings(db: Database, recordings: readonly OverlayRecording[], most: number): void {
  const insert = db.prepare(
    'INSERT OR IGNORE INTO overlay_recording(receipt, overlay, instance, ordinal, text) VALUES (?, ?, ?, ?, ?)',
  );
  for (const { receiptId, overlayId, instance, ordinal, text } of recordings) {
    insert.run(receiptId, overlayId, instance, ordinal, text);
  }
  const prune = db.prepare(
    `DELETE FROM overlay_recording WHERE overlay = ?1 AND n <=
       (SELECT n FROM overlay_recording WHERE overlay = ?1 ORDER BY n DESC LIMIT 1 OFFSET ?2)`,
  );
  for (const id of new Set(recordings.map(({ overlayId }) => overlayId))) prune.run(id, most);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
