import { beforeEach, describe, expect, it } from 'vitest';
import { createCapsule, createCapsules } from '../capsule/create-capsule.js';
import { aContext, aRecord, OWNER, STRANGER } from '../capsule/given-record.js';
import { updateCapsule } from '../capsule/update-capsule.js';
import { archiveCapsule } from '../capsule/archive-capsule.js';
import { unarchivedEvent } from '../capsule/decide-create.js';
import { DomainError } from '../errors.js';
import { openMemoryStore, type MemoryStore } from '../memory/index.js';
import type { CommitPort, CommitRequest, CommitResult } from '../ports/commit-port.js';
import type { JsonValue } from '../ledger/json.js';
import type { Principal } from '../principal.js';
import { commitDecision, type Decision } from './commit-decision.js';
import { idempotencyClaim } from './idempotency.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const keyed = (request: JsonValue, key = 'once', principal: Principal = OWNER, now = Date.now) =>
  aContext(principal, { idempotency: { key, request }, now });

let store: MemoryStore;
let clock: number;

beforeEach(async () => {
  clock = Date.UTC(2026, 0, 1);
  store = await openMemoryStore({ now: () => clock });
});

describe('a repeated request', () => {
  it('[CAP-22] gets the outcome of the first, with the capsule as it is now', async () => {
    const input = { content: 'a', type: 'knowledge' as const };
    const first = await createCapsule(store, keyed({ a: 1 }), input);
    await updateCapsule(store, aContext(), first.capsule.id, first.capsule.id, { content: 'b' });
    const again = await createCapsule(store, keyed({ a: 1 }), input);
    expect(again).toMatchObject({ result: 'created', capsule: { id: first.capsule.id, isHead: false } });
  });

  it('[CAP-22] is not refused because of what the first one did', async () => {
    const { capsule } = await createCapsule(store, aContext(), { content: 'a', type: 'knowledge' });
    const update = () => updateCapsule(store, keyed('update'), capsule.id, capsule.id, { content: 'b' });
    const first = await update();
    expect(await update()).toEqual(first);
    const create = () =>
      createCapsule(store, keyed('create', 'k2'), { content: 'x', type: 'code', key: 'k', ifExists: 'fail' });
    expect(await create()).toEqual(await create());
  });

  it('[CAP-22] also gets an outcome that changed nothing', async () => {
    const { capsule } = await createCapsule(store, aContext(), { content: 'a', type: 'knowledge' });
    await archiveCapsule(store, aContext(), capsule.id);
    const size = store.ledger.size;
    const archive = () => archiveCapsule(store, keyed('archive'), capsule.id);
    expect((await archive()).result).toBe('unchanged');
    expect((await archive()).result).toBe('unchanged');
    expect(store.ledger.size).toBe(size);
    await expect(archiveCapsule(store, keyed('another'), capsule.id)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
    });
  });

  it('[CAP-22] gets every outcome of a batch', async () => {
    const items = [1, 2, 3].map((i) => ({ content: `${i}`, type: 'knowledge' as const, key: `k${i}` }));
    const first = await createCapsules(store, keyed('batch'), items);
    expect(await createCapsules(store, keyed('batch'), items)).toEqual(first);
  });

  it('[CAP-25] is written once, however many race', async () => {
    const size = store.ledger.size;
    const outcomes = await Promise.all(
      Array.from({ length: 32 }, () => createCapsule(store, keyed('same'), { content: 'a', type: 'knowledge' })),
    );
    expect(store.ledger.size).toBe(size + 1);
    expect(new Set(outcomes.map(({ capsule, result }) => `${capsule.id} ${result}`)).size).toBe(1);
    const { capsule } = await createCapsule(store, aContext(), { content: 'a', type: 'knowledge' });
    const updates = await Promise.all(
      Array.from({ length: 32 }, () =>
        updateCapsule(store, keyed('up', 'k2'), capsule.id, capsule.id, { content: 'b' }),
      ),
    );
    expect(new Set(updates.map(({ capsule: head, result }) => `${head.id} ${result}`)).size).toBe(1);
  });

  it('[CAP-23] is refused when it asks for something else', async () => {
    await createCapsule(store, keyed({ content: 'a' }), { content: 'a', type: 'knowledge' });
    const other = createCapsule(store, keyed({ content: 'b' }), { content: 'b', type: 'knowledge' });
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    // Another order of fields is the same request.
    await createCapsule(store, keyed({ a: 1, b: 2 }, 'k'), { content: 'a', type: 'knowledge' });
    await createCapsule(store, keyed({ b: 2, a: 1 }, 'k'), { content: 'a', type: 'knowledge' });
  });

  it('[CAP-24] is a new request for another principal, and after 24 hours', async () => {
    const create = (principal: Principal) =>
      createCapsule(
        store,
        keyed('r', 'k', principal, () => clock),
        { content: 'a', type: 'knowledge' },
      );
    const first = await create(OWNER);
    expect((await create(STRANGER)).capsule.id).not.toBe(first.capsule.id);
    clock += DAY_MS - 1;
    expect((await create(OWNER)).capsule.id).toBe(first.capsule.id);
    clock += 1;
    expect((await create(OWNER)).capsule.id).not.toBe(first.capsule.id);
  });
});

describe('an idempotency claim', () => {
  it('[CAP-24] keeps a salted hash and no word of the request', () => {
    const request = { content: 'confidential' };
    const claim = () => idempotencyClaim(keyed(request), { key: 'once', request }, [{ id: 'id', result: 'created' }]);
    expect(claim().holder).not.toContain('confidential');
    expect(JSON.parse(claim().holder).hash).not.toBe(JSON.parse(claim().holder).hash);
  });

  it('[CAP-24] asks for a key that can be kept', () => {
    for (const key of ['', 'x'.repeat(256), 'a\0', '\ud800']) {
      expect(() => idempotencyClaim(keyed(1), { key, request: 1 }, [])).toThrow(
        expect.objectContaining({ code: 'INVALID_INPUT' }),
      );
    }
  });
});

describe('the loop', () => {
  const decision: Decision = {
    events: [unarchivedEvent(aRecord(), null)],
    expect: [],
    claims: [],
    followUps: [],
    receipts: [{ id: 'v1', result: 'changed' }],
  };
  const port = (...results: CommitResult[]): CommitPort & { readonly requests: CommitRequest[] } => {
    const requests: CommitRequest[] = [];
    const last = results.at(-1) as CommitResult;
    return { requests, commit: async (request) => (requests.push(request), results[requests.length - 1] ?? last) };
  };
  const stale: CommitResult = { outcome: 'stale', stream: 'series', revision: 3 };
  const committed: CommitResult = {
    outcome: 'committed',
    firstSeq: 1,
    lastSeq: 1,
    timestamp: '2026-01-01T00:00:00.000Z',
  };

  it('[CAP-26] decides afresh each time the store has moved on', async () => {
    let decided = 0;
    const engine = port(stale, { outcome: 'claimed', space: 'capsule-key:o', key: 'k', holder: 's' }, committed);
    await commitDecision(engine, aContext(), async () => (decided++, decision));
    expect(decided).toBe(3);
  });

  it('[CAP-26] gives up after 64 rounds', async () => {
    const engine = port(stale);
    await expect(commitDecision(engine, aContext(), async () => decision)).rejects.toMatchObject({
      code: 'CONTENTION',
    });
    expect(engine.requests).toHaveLength(64);
  });

  it('[CAP-26] ends with what the decision throws', async () => {
    const refuse = async () => Promise.reject(new DomainError('STATE_CONFLICT', 'no'));
    await expect(commitDecision(port(stale), aContext(), refuse)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    await expect(commitDecision(port(stale), keyed('r'), refuse)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  });

  it('[CAP-26] commits nothing when there is nothing to change', async () => {
    const engine = port(committed);
    await commitDecision(engine, aContext(), async () => ({ ...decision, events: [] }));
    expect(engine.requests).toEqual([]);
  });
});
