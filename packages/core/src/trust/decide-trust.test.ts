import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aRecord, OWNER, REVIEWER, STRANGER } from '../capsule/given-record.js';
import type { CapsuleRecord } from '../capsule/capsule.js';
import type { DomainEvent, EventPayloads } from '../ledger/events.js';
import { decideQuarantine, decideSetTrust } from './decide-trust.js';
import { decideRetract } from './retract-capsule.js';
import { decideSignal, DAILY_SIGNAL_BOUND, SIGNAL_STEPS, type TrustSignal } from './signal-trust.js';
import { bandOf } from './trust-level.js';

const refusal = (code: string) => expect.objectContaining({ code });
const told = (events: readonly DomainEvent[]) =>
  events.map(({ operation, payload }) => {
    const { from, to, cause } = payload as EventPayloads['capsule.trust_changed.v1'];
    return `${operation} ${cause} ${from}→${to}`;
  });

describe('setting trust', () => {
  const set = (fields: Partial<CapsuleRecord>, level: number, principal = REVIEWER) =>
    told(decideSetTrust(aRecord(fields), { principal, level, reason: 'why', evidence: null }));

  it('[TRU-1] is for reviewers', () => {
    for (const principal of [OWNER, STRANGER])
      expect(() => set({}, 70, principal)).toThrow(refusal('REVIEWER_REQUIRED'));
    expect(set({}, 70)).toEqual(['TRUST review 60→70']);
    expect(set({}, 60)).toEqual([]);
  });

  it('[TRU-2] is a quarantine on the way into that band and a release on the way out', () => {
    expect(set({ trust: 60 }, 39)).toEqual(['QUARANTINE quarantine 60→39']);
    expect(set({ trust: 60 }, 40)).toEqual(['TRUST review 60→40']);
    expect(set({ trust: 39, trustBefore: 60 }, 40)).toEqual(['RELEASE release 39→40']);
  });

  it('[TRU-2] is a review within the band, which keeps what a release goes back to', () => {
    expect(set({ trust: 39, trustBefore: 60 }, 10)).toEqual(['TRUST review 39→10']);
  });

  it('[TRU-4] does not move CORE straight into quarantine', () => {
    expect(() => set({ trust: 100 }, 39)).toThrow(refusal('STATE_CONFLICT'));
    expect(set({ trust: 100 }, 99)).toEqual(['TRUST review 100→99']);
    expect(set({ trust: 99 }, 39)).toEqual(['QUARANTINE quarantine 99→39']);
  });
});

describe('quarantine', () => {
  const quarantine = (fields: Partial<CapsuleRecord>, lift = false, principal = REVIEWER) =>
    told(decideQuarantine(aRecord(fields), { principal, lift, reason: 'why' }));

  it('[TRU-3] takes trust to 0 and gives it back', () => {
    expect(quarantine({ trust: 75 })).toEqual(['QUARANTINE quarantine 75→0']);
    expect(quarantine({ trust: 0, trustBefore: 75 })).toEqual([]);
    expect(quarantine({ trust: 20, trustBefore: 75 })).toEqual(['TRUST review 20→0']);
    expect(quarantine({ trust: 0, trustBefore: 75 }, true)).toEqual(['RELEASE release 0→75']);
    expect(quarantine({ trust: 0, trustBefore: null }, true)).toEqual(['RELEASE release 0→60']);
    expect(quarantine({ trust: 75 }, true)).toEqual([]);
  });

  it('[TRU-1] is for reviewers, both ways', () => {
    for (const lift of [false, true]) expect(() => quarantine({}, lift, OWNER)).toThrow(refusal('REVIEWER_REQUIRED'));
  });

  it('[TRU-4] does not touch CORE', () => {
    expect(() => quarantine({ trust: 100 })).toThrow(refusal('STATE_CONFLICT'));
  });
});

describe('retraction', () => {
  const retract = (retracted: boolean, lift: boolean, principal = OWNER, retractedBy: string | null = null) =>
    decideRetract({ capsule: aRecord({ retracted }), retractedBy }, { principal, lift, reason: 'why' }).map(
      (e) => e.type,
    );

  it('[TRU-8] is for owner and reviewers', () => {
    expect(retract(false, false)).toEqual(['capsule.retracted.v1']);
    expect(retract(false, false, REVIEWER)).toEqual(['capsule.retracted.v1']);
    expect(() => retract(false, false, STRANGER)).toThrow(refusal('POLICY_DENIED'));
    expect(() => retract(true, true, STRANGER, 'stranger')).toThrow(refusal('POLICY_DENIED'));
  });

  it('[TRU-8] is lifted by whoever retracted it, or by a reviewer', () => {
    expect(retract(true, true, OWNER, 'owner')).toEqual(['capsule.reinstated.v1']);
    expect(retract(true, true, REVIEWER, 'owner')).toEqual(['capsule.reinstated.v1']);
    expect(() => retract(true, true, OWNER, 'reviewer')).toThrow(refusal('POLICY_DENIED'));
  });

  it('[TRU-8] happens once', () => {
    expect(retract(true, false)).toEqual([]);
    expect(retract(false, true)).toEqual([]);
  });
});

describe('signals', () => {
  const signal = (trust: number, movedToday: number, name: TrustSignal) => {
    const [decided] = decideSignal(
      { capsule: aRecord({ trust }), movedToday },
      { signal: name, reason: null, evidence: null },
    );
    return (decided?.payload as EventPayloads['capsule.trust_changed.v1']).to;
  };
  const signals = fc.constantFrom(...(Object.keys(SIGNAL_STEPS) as TrustSignal[]));

  it('[TRU-5] move trust by one or two', () => {
    expect([signal(60, 0, 'helpful'), signal(60, 0, 'confirmed')]).toEqual([61, 62]);
    expect([signal(60, 0, 'unhelpful'), signal(60, 0, 'disputed')]).toEqual([59, 58]);
  });

  it('[TRU-5] take the part of a step that a day leaves room for', () => {
    expect(signal(64, 4, 'confirmed')).toBe(65);
    expect(signal(56, -4, 'disputed')).toBe(55);
  });

  it('[TRU-7] are refused when a day leaves no room, in that direction only', () => {
    expect(() => signal(65, 5, 'helpful')).toThrow(refusal('STATE_CONFLICT'));
    expect(() => signal(65, 5, 'helpful')).toThrow('today');
    expect(() => signal(55, -5, 'disputed')).toThrow('today');
    expect(signal(65, 5, 'disputed')).toBe(63);
  });

  it('[TRU-6] never lead into or out of CORE or QUARANTINE', () => {
    expect(signal(98, 0, 'confirmed')).toBe(99);
    expect(() => signal(99, 0, 'helpful')).toThrow('never move a capsule into CORE');
    expect(signal(41, 0, 'disputed')).toBe(40);
    expect(() => signal(40, 0, 'unhelpful')).toThrow('never move a capsule into QUARANTINE');
    for (const trust of [0, 39, 100]) expect(() => signal(trust, 0, 'helpful')).toThrow(refusal('STATE_CONFLICT'));
    expect(() => signal(100, 0, 'disputed')).toThrow(refusal('STATE_CONFLICT'));
  });

  it('[TRU-5] stay within the bounds of a day, whatever comes in which order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.array(signals, { maxLength: 60 }), (start, names) => {
        let trust = start;
        for (const name of names) {
          let to: number;
          try {
            to = signal(trust, trust - start, name);
          } catch (error) {
            expect(error).toMatchObject({ code: 'STATE_CONFLICT' });
            continue;
          }
          const step = SIGNAL_STEPS[name];
          expect(Math.sign(to - trust)).toBe(Math.sign(step));
          expect(Math.abs(to - trust)).toBeLessThanOrEqual(Math.abs(step));
          trust = to;
          expect(Math.abs(trust - start)).toBeLessThanOrEqual(DAILY_SIGNAL_BOUND);
          expect(bandOf(trust)).not.toBe('CORE');
          expect(bandOf(trust)).not.toBe('QUARANTINE');
        }
        if (bandOf(start) === 'CORE' || bandOf(start) === 'QUARANTINE') expect(trust).toBe(start);
      }),
    );
  });

  it('[TRU-5] keep to their bounds also when a reviewer moves the capsule in between', () => {
    const act = fc.oneof(signals, fc.integer({ min: 40, max: 99 }));
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        let trust = 60;
        let moved = 0;
        for (const next of acts) {
          if (typeof next === 'number') {
            trust = next;
            continue;
          }
          try {
            const to = signal(trust, moved, next);
            expect(Math.sign(to - trust)).toBe(Math.sign(SIGNAL_STEPS[next]));
            moved += to - trust;
            trust = to;
          } catch (error) {
            expect(error).toMatchObject({ code: 'STATE_CONFLICT' });
          }
          expect(Math.abs(moved)).toBeLessThanOrEqual(DAILY_SIGNAL_BOUND);
        }
      }),
    );
  });
});
