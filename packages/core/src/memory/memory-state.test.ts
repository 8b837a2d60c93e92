import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededHistory } from '../contract/index.js';
import { PRIVATE_FIELDS, type EventType } from '../ledger/events.js';
import { payloadOf } from './memory-ledger.js';
import { MemoryState, type StateEntry } from './memory-state.js';
import { openMemoryStore } from './memory-store.js';

async function entriesOf(seed: number): Promise<StateEntry[]> {
  const history = seededHistory(seed, 80);
  const store = await openMemoryStore({ now: history.now });
  for (const { at, request } of history.steps) {
    history.moveTo(at);
    await store.commit(request);
  }
  return store.ledger.entries.map((entry) => {
    const { seq, timestamp, type, entity_id: entityId, operation } = entry.envelope;
    return { seq, timestamp, type, entityId, operation, payload: payloadOf(entry) };
  });
}

function replay(entries: readonly StateEntry[]): MemoryState {
  const state = new MemoryState();
  for (const entry of entries) state.apply(entry);
  return state;
}

/** What lineage and trust need, which nobody writes by hand. */
const skeleton = (state: MemoryState) =>
  [...state.capsules.values()].map((c) => ({
    ...{ id: c.id, series: c.series.id, version: c.version, archived: c.series.archived, recordedTo: c.recordedTo },
    ...{ trust: c.trust, chainTrust: c.chainTrust, tainted: c.tainted, warned: c.warned, retracted: c.retracted },
    parents: c.parents.map(({ parent, relation }) => [parent.id, relation]),
  }));

describe('MemoryState', () => {
  it('[STO-49] keeps lineage, trust and history when every private field was erased', async () => {
    const entries = await entriesOf(5);
    const erased = entries.map((entry) => {
      const fields = PRIVATE_FIELDS[entry.type as EventType];
      return { ...entry, payload: { ...entry.payload, ...Object.fromEntries(fields.map((field) => [field, null])) } };
    });
    const state = replay(erased);
    expect(skeleton(state)).toEqual(skeleton(replay(entries)));
    for (const capsule of state.capsules.values()) {
      expect(capsule).toMatchObject({
        title: null,
        content: '',
        summary: '',
        tags: [],
        metadata: {},
        collection: null,
      });
      expect(capsule.parents.every(({ reason }) => reason === null)).toBe(true);
      expect(capsule.series.key).toBeNull();
    }
  });

  it('[STO-49] stands whichever payloads were erased whole', async () => {
    const entries = await entriesOf(6);
    const written = entries.filter(({ payload }) => payload !== null && 'supersedes' in payload);
    fc.assert(
      fc.property(fc.array(fc.nat(entries.length - 1), { maxLength: 60 }), (gone) => {
        const rest = entries.map((entry, i) => (gone.includes(i) ? { ...entry, payload: null } : entry));
        const state = replay(rest);
        const kept = written.filter(({ seq }) => rest[seq - 1]?.payload !== null).map(({ entityId }) => entityId);
        expect([...state.capsules.keys()]).toEqual(kept);
        for (const { versions } of state.series.values()) {
          expect(versions.filter(({ recordedTo }) => recordedTo === null)).toHaveLength(1);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('[STO-49] passes over events of types it does not know', () => {
    const state = new MemoryState();
    const entry = { seq: 1, timestamp: '2026-01-01T00:00:00.000Z', operation: 'X', entityId: 'x' };
    state.apply({ ...entry, type: 'from.the_future.v9', payload: { series_id: 's' } });
    expect([state.capsules.size, state.revisions.get('s')]).toEqual([0, 1]);
  });
});
