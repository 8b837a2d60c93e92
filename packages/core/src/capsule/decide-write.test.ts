import { describe, expect, it } from 'vitest';
import type { CapsuleWritten, DomainEvent } from '../ledger/events.js';
import { decideArchived } from './archive-capsule.js';
import { decideCreate, checkCreate, type CreateState } from './decide-create.js';
import { checkUpdate, decideUpdate } from './decide-update.js';
import { decideFork } from './fork-capsule.js';
import { aRecord, OWNER, REVIEWER, STRANGER } from './given-record.js';
import type { CreateCapsuleInput, UpdateCapsuleInput } from './inputs.js';
import { decideRevert } from './revert-capsule.js';

const NEW = { newId: 'v2', newSeriesId: 'series-2' };
const parents = new Map([
  ['p1', { id: 'p1' }],
  ['p2', { id: 'p2' }],
  ['p2-series', { id: 'p2' }],
]);
const refusal = (code: string, details: object = {}) =>
  expect.objectContaining({ code, details: expect.objectContaining(details) });
const written = (events: readonly DomainEvent[]) => events.at(-1)?.payload as CapsuleWritten;

const create = (state: Partial<CreateState>, input: Partial<CreateCapsuleInput> = {}, principal = OWNER) =>
  decideCreate(
    { existing: null, parents, ...state },
    { ...checkCreate({ content: 'Some content', type: 'knowledge', ...input }), ...NEW, principal },
  );

const update = (head = aRecord(), input: UpdateCapsuleInput = {}, over: object = {}) =>
  decideUpdate(
    { head, parents },
    { ...checkUpdate(input), ...NEW, principal: OWNER, ref: 'series', ifMatch: head.id, ...over },
  );

describe('create', () => {
  it('[CAP-1] makes version 1.0.0 of a new series of whoever creates it', () => {
    const events = create({}, { title: 'T', derivedFrom: [{ id: 'p1', relation: 'citation', reason: 'because' }] });
    expect(events).toMatchObject([
      {
        type: 'capsule.created.v1',
        operation: 'CREATE',
        entityId: 'v2',
        payload: {
          series_id: 'series-2',
          version: '1.0.0',
          owner_id: 'owner',
          supersedes: null,
          trust: 60,
          title: 'T',
          tags: [],
          metadata: {},
          derived_from: [{ id: 'p1', relation: 'citation', changes: [] }],
          reasons: ['because'],
        },
      },
    ]);
  });

  it('[CAP-7] compares the fields given with the head of the key', () => {
    const existing = aRecord({ key: 'k' });
    expect(create({ existing })).toEqual([]);
    expect(create({ existing }, { tags: ['a'], metadata: { source: 'test' }, title: 'A title' })).toEqual([]);
    for (const other of [
      { content: 'other' },
      { title: null },
      { tags: [] },
      { metadata: {} },
      { type: 'code' as const },
      { collection: 'c' },
      { collection: 'c', position: 1 },
      { validFrom: '2026-01-01T00:00:00Z' },
    ]) {
      expect(() => create({ existing }, other)).toThrow(refusal('KEY_TAKEN', { head: existing }));
    }
  });

  it('[CAP-8] answers a taken key as asked', () => {
    const existing = aRecord({ key: 'k', version: '1.4.2' });
    expect(create({ existing }, { ifExists: 'return', content: 'other' })).toEqual([]);
    expect(() => create({ existing }, { ifExists: 'fail' })).toThrow(refusal('KEY_TAKEN', { head: existing }));
    expect(create({ existing }, { ifExists: 'version' })).toEqual([]);
    const derivedFrom = [{ id: 'p1', relation: 'merge' as const }];
    const events = create({ existing }, { ifExists: 'version', content: 'other', derivedFrom });
    expect(events).toHaveLength(1);
    expect(written(events)).toMatchObject({
      series_id: 'series',
      version: '1.5.0',
      supersedes: 'v1',
      key: 'k',
      title: 'A title',
      derived_from: [
        { id: 'v1', relation: 'version', changes: ['content'] },
        { id: 'p1', relation: 'merge', changes: [] },
      ],
    });
  });

  it('[CAP-9] brings an archived series back when it writes to it', () => {
    const existing = aRecord({ archived: true });
    const events = create({ existing }, { ifExists: 'version', content: 'other' });
    expect(events.map(({ type }) => type)).toEqual(['capsule.unarchived.v1', 'capsule.versioned.v1']);
    expect(create({ existing }, { ifExists: 'version' })).toEqual([]);
  });

  it('[LIN-2] refuses parents that are unknown or named twice, by place and id', () => {
    const derive = (...ids: string[]) => create({}, { derivedFrom: ids.map((id) => ({ id, relation: 'citation' })) });
    expect(() => derive('p1', 'nobody')).toThrow(refusal('INVALID_INPUT', { derivation: 1, id: 'nobody' }));
    expect(() => derive('p1', 'nobody')).toThrow('derived_from[1] names "nobody"');
    expect(() => derive('p2', 'p1', 'p2')).toThrow(refusal('INVALID_INPUT', { derivation: 2, id: 'p2' }));
    expect(() => derive('p2', 'p2-series')).toThrow(refusal('INVALID_INPUT', { derivation: 1, id: 'p2-series' }));
    const many = Array.from({ length: 201 }, (_, i) => `p${i}`);
    expect(() => derive(...many)).toThrow('at most 200');
  });

  it('[LIN-4] leaves corrections to reviewers', () => {
    const derivedFrom = [{ id: 'p1', relation: 'correction' as const }];
    expect(() => create({}, { derivedFrom })).toThrow(refusal('REVIEWER_REQUIRED'));
    expect(() => update(aRecord(), { derivedFrom })).toThrow(refusal('REVIEWER_REQUIRED'));
    expect(() => update(aRecord(), { content: 'x', relation: 'correction' })).toThrow(refusal('REVIEWER_REQUIRED'));
    expect(create({}, { derivedFrom }, REVIEWER)).toHaveLength(1);
  });
});

describe('update', () => {
  it('[LIN-1] derives from the head first, naming what changed, then from the parents named', () => {
    const input = {
      content: 'new',
      title: null,
      tags: ['a'],
      validTo: '2027-01-01T00:00:00Z',
      reason: 'why',
      derivedFrom: [{ id: 'p2-series', relation: 'summary' as const, reason: 'digest' }],
    };
    expect(written(update(aRecord(), input))).toMatchObject({
      supersedes: 'v1',
      derived_from: [
        { id: 'v1', relation: 'version', changes: ['title', 'content', 'valid_to'] },
        { id: 'p2', relation: 'summary', changes: [] },
      ],
      reasons: ['why', 'digest'],
    });
  });

  it('[LIN-2] does not take the head as a further parent', () => {
    const derivedFrom = [{ id: 'v1', relation: 'citation' as const }];
    const found = new Map([['v1', { id: 'v1' }]]);
    const command = { ...checkUpdate({ derivedFrom }), ...NEW, principal: OWNER, ref: 'v1', ifMatch: 'v1' };
    expect(() => decideUpdate({ head: aRecord(), parents: found }, command)).toThrow(
      refusal('INVALID_INPUT', { id: 'v1' }),
    );
  });

  it('[CAP-12] asks which head it was made for', () => {
    const head = aRecord();
    const change = { content: 'x' };
    expect(() => update(head, change, { ifMatch: null })).toThrow(refusal('PRECONDITION_REQUIRED'));
    expect(() => update(head, change, { ifMatch: 'v0' })).toThrow(refusal('VERSION_CONFLICT', { head }));
    expect(() => update(head, change, { ref: 'v0' })).toThrow(refusal('VERSION_CONFLICT', { head }));
    expect(() => update(head, {}, { ifMatch: 'v0' })).toThrow(refusal('VERSION_CONFLICT', { head }));
    expect(update(head, change, { ref: 'v1' })).toHaveLength(1);
    expect(update(head, change, { ifMatch: '*' })).toHaveLength(1);
  });

  it('[CAP-14] is for owner and reviewers', () => {
    expect(() => update(aRecord(), { content: 'x' }, { principal: STRANGER })).toThrow(refusal('POLICY_DENIED'));
    expect(() => update(aRecord(), { content: 'x' }, { principal: STRANGER, ifMatch: null })).toThrow(
      refusal('POLICY_DENIED'),
    );
    expect(written(update(aRecord(), { content: 'x' }, { principal: REVIEWER })).owner_id).toBe('owner');
  });

  it('[CAP-15] writes nothing when nothing differs', () => {
    expect(update(aRecord(), { title: 'A title', content: 'Some content', tags: ['a', 'a'], bump: 'major' })).toEqual(
      [],
    );
    expect(update(aRecord(), { metadata: { source: 'test' } })).toEqual([]);
    expect(update(aRecord(), { derivedFrom: [{ id: 'p1', relation: 'citation' }] })).toHaveLength(1);
  });

  it('[CAP-15] keeps what was left out', () => {
    const head = aRecord({ collection: 'c', position: 3, key: 'k', validFrom: '2026-01-01T00:00:00.000Z' });
    expect(written(update(head, { content: 'x' }))).toMatchObject({
      title: 'A title',
      tags: ['a'],
      metadata: { source: 'test' },
      collection: 'c',
      position: 3,
      key: 'k',
      valid_from: '2026-01-01T00:00:00.000Z',
    });
    expect(written(update(head, { collection: null }))).toMatchObject({ collection: null, position: null });
    expect(() => update(head, { validTo: '2025-01-01T00:00:00Z' })).toThrow(
      refusal('INVALID_INPUT', { field: 'valid_to' }),
    );
  });

  it('[CAP-16] takes no version while archived', () => {
    expect(() => update(aRecord({ archived: true }), { content: 'x' })).toThrow(refusal('STATE_CONFLICT'));
  });

  it('[CAP-17] moves the part of the version asked for', () => {
    const head = aRecord({ version: '1.2.3' });
    const next = (bump?: 'major' | 'minor' | 'patch') =>
      written(update(head, { content: 'x', ...(bump !== undefined && { bump }) })).version;
    expect([next(), next('patch'), next('minor'), next('major')]).toEqual(['1.3.0', '1.2.4', '1.3.0', '2.0.0']);
    expect(() => update(head, { bump: 'huge' as 'major' })).toThrow(refusal('INVALID_INPUT', { field: 'bump' }));
  });

  it('[CAP-18] keeps earned trust for the same text and for a reviewer, and starts a new text over', () => {
    const trust = (head: object, input: UpdateCapsuleInput, principal = OWNER) =>
      written(update(aRecord(head), input, { principal })).trust;
    expect(trust({ trust: 80 }, { title: 'x' })).toBe(80);
    expect(trust({ trust: 80 }, { content: 'x' })).toBe(60);
    expect(trust({ trust: 80 }, { content: 'x' }, REVIEWER)).toBe(80);
    expect(trust({ trust: 45 }, { content: 'x' })).toBe(45);
    expect(trust({ trust: 0, trustBefore: 80 }, { title: 'x' })).toBe(80);
    expect(trust({ trust: 0, trustBefore: 80 }, { content: 'x' })).toBe(60);
    expect(trust({ trust: 0, trustBefore: 80 }, { content: 'x', relation: 'correction' }, REVIEWER)).toBe(60);
    expect(trust({ trust: 20, trustBefore: null }, { content: 'x', relation: 'correction' }, REVIEWER)).toBe(60);
  });
});

describe('fork', () => {
  const fork = (source = aRecord(), existing = null as ReturnType<typeof aRecord> | null) =>
    decideFork(
      { source, existing, parents },
      { patch: { title: 'Mine' }, key: 'k', reason: 'elsewhere', derivations: [], principal: STRANGER, ...NEW },
    );

  it('[CAP-19] starts a series of its maker from that exact version', () => {
    expect(fork(aRecord({ trust: 100, version: '3.1.0', key: 'theirs' }))).toMatchObject([
      {
        type: 'capsule.created.v1',
        operation: 'FORK',
        payload: {
          series_id: 'series-2',
          version: '1.0.0',
          owner_id: 'stranger',
          key: 'k',
          trust: 60,
          title: 'Mine',
          content: 'Some content',
          derived_from: [{ id: 'v1', relation: 'fork', changes: ['title'] }],
          reasons: ['elsewhere'],
        },
      },
    ]);
  });

  it('[CAP-19] does not take a key that is taken', () => {
    const existing = aRecord({ id: 'x', key: 'k' });
    expect(() => fork(aRecord(), existing)).toThrow(refusal('KEY_TAKEN', { head: existing }));
  });
});

describe('revert', () => {
  const target = aRecord({ id: 'v1', isHead: false, headId: 'v3', content: 'old', trust: 80 });
  const head = aRecord({ id: 'v3', version: '1.2.0', content: 'bad', trust: 0, trustBefore: 60 });
  const revert = (principal = OWNER, over: Partial<typeof head> = {}, ifMatch: string | null = null) =>
    decideRevert({ head: { ...head, ...over }, target }, { principal, ifMatch, reason: 'was right', newId: 'v4' });

  it('[CAP-20] makes the old version the primary parent of the next one', () => {
    expect(revert()).toMatchObject([
      {
        operation: 'REVERT',
        payload: {
          supersedes: 'v3',
          version: '1.3.0',
          content: 'old',
          trust: 80,
          derived_from: [
            { id: 'v1', relation: 'version', changes: [] },
            { id: 'v3', relation: 'version', changes: ['content'] },
          ],
          reasons: ['was right', 'was right'],
        },
      },
    ]);
  });

  it('[CAP-20] turns away from the superseded head only for a reviewer', () => {
    expect(written(revert(REVIEWER)).derived_from[1]?.relation).toBe('correction');
    expect(written(revert(OWNER)).derived_from[1]?.relation).toBe('version');
  });

  it('[CAP-20] holds to the same conditions as an update, and does nothing when nothing differs', () => {
    expect(() => revert(STRANGER)).toThrow(refusal('POLICY_DENIED'));
    expect(() => revert(OWNER, {}, 'v2')).toThrow(refusal('VERSION_CONFLICT', { head }));
    expect(() => revert(OWNER, { archived: true })).toThrow(refusal('STATE_CONFLICT'));
    expect(revert(OWNER, { content: 'old' }, 'v3')).toEqual([]);
  });
});

describe('archive', () => {
  it('[CAP-21] happens once and is undone once', () => {
    const decide = (archived: boolean, wanted: boolean, principal = OWNER) =>
      decideArchived(aRecord({ archived }), { principal, archived: wanted, reason: 'why' }).map(({ type }) => type);
    expect(decide(false, true)).toEqual(['capsule.archived.v1']);
    expect(decide(true, false)).toEqual(['capsule.unarchived.v1']);
    expect(decide(true, true)).toEqual([]);
    expect(decide(false, false)).toEqual([]);
    expect(() => decide(false, true, STRANGER)).toThrow(refusal('POLICY_DENIED'));
  });
});
