/**
 * Overlays as this process has followed them: every read first takes in what the ledger has told of them since. They are few;
 * what is many (receipts, recordings) is read where it is. Any process may have written it, and none has to write more.
 * @module
 */
import {
  assertHops,
  assertLimit,
  decodeCursor,
  encodeCursor,
  OVERLAY_EVENTS,
  OverlayImages,
  type OverlayImage,
  type OverlayRecord,
  type OverlayRecording,
  type OverlayStore,
} from '@forge-cascade/core/engine';
import type { Connection } from '../connection.js';
import type { Row } from '../values.js';
import type { LedgerRows } from './read-ledger.js';

const PAGE = 1_000;

export function followedOverlays(connection: Connection, ledger: LedgerRows): OverlayStore {
  const images = new OverlayImages();
  let upTo = 0;
  let following: Promise<void> = Promise.resolve();

  const follow = (): Promise<void> => {
    // One after the other, or an entry would be counted twice; each begins after its call, so that it sees all before.
    following = following.catch(() => undefined).then(followOnce);
    return following;
  };
  const followOnce = async (): Promise<void> => {
    for (let more = true; more;) {
      const entries = await ledger.entriesAfter(upTo, OVERLAY_EVENTS, PAGE);
      for (const { envelope, payload } of entries) {
        const { type, entity_id, seq, timestamp } = envelope;
        if (payload !== null) images.apply(type, entity_id, payload, seq, timestamp);
        upTo = seq;
      }
      more = entries.length === PAGE;
    }
  };
  const revisions = async (ids: readonly string[]): Promise<ReadonlyMap<string, number>> => {
    const rows = await connection.read(
      'UNWIND $ids AS id MATCH (s:Stream {id: id}) RETURN s.id AS id, s.revision AS revision',
      { ids },
    );
    return new Map(rows.map((row) => [String(row['id']), Number(row['revision'])]));
  };
  const records = async (found: readonly OverlayImage[]): Promise<OverlayRecord[]> => {
    const known = await revisions(found.map(({ standing }) => standing.id));
    return found.map(({ standing, activity }) => ({
      ...structuredClone(standing),
      activity,
      revision: known.get(standing.id) ?? 0,
    }));
  };

  return {
    all: async () => {
      await follow();
      return records(images.all());
    },
    one: async (id) => {
      await follow();
      const overlay = images.get(id);
      return overlay === undefined ? null : ((await records([overlay]))[0] ?? null);
    },
    receipts: async (id, limit, cursor) => {
      assertLimit(limit, 500);
      const before =
        cursor === null ? Infinity : Number(decodeCursor('receipts', cursor, ['number'], { overlay: id })[0]);
      await follow();
      const seqs = (images.get(id)?.receipts ?? []).filter((seq) => seq < before).reverse();
      const page = seqs.slice(0, limit);
      const last = page.at(-1);
      return {
        items: await ledger.entriesAt(page),
        nextCursor:
          seqs.length > limit && last !== undefined ? encodeCursor('receipts', [last], { overlay: id }) : null,
      };
    },
    value: async (id, key) => {
      await follow();
      return structuredClone(images.get(id)?.values.get(key) ?? null);
    },
    valueCount: async (id) => {
      await follow();
      return images.get(id)?.values.size ?? 0;
    },
    reach: async (id, hops) => {
      assertHops(hops);
      await follow();
      return images.reach(id, hops);
    },
    keepRecordings: async (recordings, most) => {
      const rows = recordings.map(({ receiptId, overlayId, instance, ordinal, text }) => ({
        receipt: receiptId,
        overlay: overlayId,
        instance,
        ordinal,
        text,
      }));
      await connection.writingAgain(async (statements) => {
        await statements.run(
          `UNWIND range(0, size($rows) - 1) AS i WITH $rows[i] AS row, i
           MERGE (r:OverlayRecording {receipt: row.receipt})
           ON CREATE SET r += row, r.kept_at = datetime.realtime().epochMillis, r.ordinal_in_group = i`,
          { rows },
        );
        await statements.run(
          `UNWIND $overlays AS overlay CALL (overlay) {
             MATCH (r:OverlayRecording {overlay: overlay})
             WITH r ORDER BY r.kept_at DESC, r.ordinal_in_group DESC SKIP $most DELETE r }`,
          { overlays: [...new Set(recordings.map(({ overlayId }) => overlayId))], most },
        );
      });
    },
    recordings: async (instance, ordinal) => {
      const rows = await connection.read(
        `MATCH (r:OverlayRecording {instance: $instance}) WHERE r.ordinal <= $ordinal
         RETURN r.receipt AS receipt, r.overlay AS overlay, r.instance AS instance, r.ordinal AS ordinal, r.text AS text
         ORDER BY r.ordinal`,
        { instance, ordinal },
      );
      return rows.map(toRecording);
    },
  };
}

function toRecording(row: Row): OverlayRecording {
  return {
    receiptId: String(row['receipt']),
    overlayId: String(row['overlay']),
    instance: String(row['instance']),
    ordinal: Number(row['ordinal']),
    text: String(row['text']),
  };
}
