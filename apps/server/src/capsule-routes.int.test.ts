import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryServer, type TestServer } from './fixtures/memory-server.js';

let server: TestServer;
beforeEach(async () => void (server = await memoryServer()));
afterEach(() => server.app.close());

const NOTE = { type: 'knowledge', title: 'Generators', content: 'A generator yields values one at a time.' };

describe('creating', () => {
  it('[API-9] answers 201 with Location and ETag', async () => {
    const { status, headers, body } = await server.ask('POST', '/v2/capsules', {
      ...NOTE,
      tags: ['a'],
      metadata: { n: 1 },
    });
    expect(status).toBe(201);
    expect(headers).toMatchObject({ location: `/v2/capsules/${body.id}`, etag: `"${body.id}"` });
    expect(body).toMatchObject({
      ...NOTE,
      version: '1.0.0',
      is_head: true,
      trust_band: 'STANDARD',
      metadata: { n: 1 },
    });
    expect((await server.ask('GET', headers['location'] ?? '')).body).toEqual(body);
  });

  it('[API-9] answers 200 with the head for the same content, 409 with it for other content', async () => {
    const first = await server.ask('POST', '/v2/capsules', { ...NOTE, key: 'gen' });
    const again = await server.ask('POST', '/v2/capsules', { ...NOTE, key: 'gen' });
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(again.headers['location']).toBeUndefined();

    const other = await server.ask('POST', '/v2/capsules', { ...NOTE, content: 'Other.', key: 'gen' });
    expect(other).toMatchObject({ status: 409, body: { code: 'KEY_TAKEN', head: first.body } });

    const next = await server.ask('POST', '/v2/capsules', {
      ...NOTE,
      content: 'Other.',
      key: 'gen',
      if_exists: 'version',
    });
    expect(next).toMatchObject({ status: 201, body: { series_id: first.body.series_id, version: '1.1.0' } });
    const kept = await server.ask('POST', '/v2/capsules', {
      ...NOTE,
      content: 'Third.',
      key: 'gen',
      if_exists: 'return',
    });
    expect(kept).toMatchObject({ status: 200, body: { id: next.body.id } });
    const failed = await server.ask('POST', '/v2/capsules', { ...NOTE, key: 'gen', if_exists: 'fail' });
    expect(failed).toMatchObject({ status: 409, body: { code: 'KEY_TAKEN' } });
  });

  it('finds a series by its key', async () => {
    const { body } = await server.ask('POST', '/v2/capsules', { ...NOTE, key: 'gen/1' });
    expect((await server.ask('GET', '/v2/capsules?key=gen%2F1')).body.items).toMatchObject([{ id: body.id }]);
    expect((await server.ask('GET', '/v2/capsules?key=none')).body).toEqual({ items: [], next_cursor: null });
    expect(await server.ask('GET', '/v2/capsules?key=gen&type=code')).toMatchObject({
      status: 422,
      body: { errors: [{ in: 'query', field: 'type' }] },
    });
  });

  it('keeps world validity in UTC; a date alone is its first moment', async () => {
    const { body } = await server.ask('POST', '/v2/capsules', {
      ...NOTE,
      valid_from: '2026-01-31',
      valid_to: '2026-03-01T01:00:00+02:00',
    });
    expect(body).toMatchObject({ valid_from: '2026-01-31T00:00:00.000Z', valid_to: '2026-02-28T23:00:00.000Z' });
    for (const [moment, found] of [
      ['2026-02-01', 1],
      ['2027-01-01', 0],
    ] as const) {
      expect((await server.ask('GET', `/v2/capsules?valid_at=${moment}`)).body.items).toHaveLength(found);
    }
  });
});

describe('batches', () => {
  it('[API-20] are all or nothing, and name the item that is refused', async () => {
    const items = [NOTE, { ...NOTE, derived_from: [{ id: 'nothing', relation: 'citation' }] }];
    const refused = await server.ask('POST', '/v2/capsules/batch', { items });
    expect(refused).toMatchObject({ status: 422, body: { index: 1 } });
    expect((await server.store.status()).capsules).toBe(0);

    const made = await server.ask('POST', '/v2/capsules/batch', {
      items: [
        { ...NOTE, key: 'a' },
        { ...NOTE, key: 'b' },
      ],
    });
    expect(made.status).toBe(201);
    expect(made.body.items).toMatchObject([{ result: 'created', capsule: { key: 'a' } }, { result: 'created' }]);
    expect(made.body.items[0].capsule).not.toHaveProperty('content');
    const again = await server.ask('POST', '/v2/capsules/batch', { items: [{ ...NOTE, key: 'a' }] });
    expect(again).toMatchObject({ status: 200, body: { items: [{ result: 'unchanged' }] } });
  });
});

describe('changing', () => {
  it('[API-6] makes the next version when If-Match names the head', async () => {
    const { body: v1 } = await server.ask('POST', '/v2/capsules', NOTE);
    const put = await server.ask(
      'PUT',
      `/v2/capsules/${v1.series_id}`,
      { content: 'Better.' },
      { 'if-match': `"${v1.id}"` },
    );
    expect(put).toMatchObject({ status: 200, body: { version: '1.1.0', parent_id: v1.id, content: 'Better.' } });
    expect(put.headers).toMatchObject({ etag: `"${put.body.id}"`, 'content-location': `/v2/capsules/${put.body.id}` });

    const old = await server.ask('GET', `/v2/capsules/${v1.id}`);
    expect(old.body).toMatchObject({ id: v1.id, is_head: false, head_id: put.body.id, content: NOTE.content });
    expect(old.headers['etag']).toBe(`"${put.body.id}"`);
  });

  it('[API-6] answers 428 without If-Match, 412 with the head for one that does not name it', async () => {
    const { body: v1 } = await server.ask('POST', '/v2/capsules', NOTE);
    const put = (headers?: Record<string, string>) =>
      server.ask('PUT', `/v2/capsules/${v1.id}`, { title: 'New' }, headers);
    expect(await put()).toMatchObject({ status: 428, body: { code: 'PRECONDITION_REQUIRED' } });
    for (const tag of ['"0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8a11"', '""', `W/"${v1.id}"`, '"x", "y"']) {
      expect(await put({ 'if-match': tag }), tag).toMatchObject({
        status: 412,
        body: { code: 'VERSION_CONFLICT', head: v1 },
      });
    }
    expect(await put({ 'if-match': 'not a tag' })).toMatchObject({ status: 400, body: { code: 'MALFORMED_REQUEST' } });
    expect((await server.store.status()).capsules).toBe(1);
    expect(await put({ 'if-match': `"x", "${v1.id}"` })).toMatchObject({ status: 200 });
  });

  it('[API-6] takes * for whatever the head is', async () => {
    const { body } = await server.ask('POST', '/v2/capsules', NOTE);
    for (const content of ['One.', 'Two.']) {
      expect((await server.ask('PUT', `/v2/capsules/${body.series_id}`, { content }, { 'if-match': '*' })).status).toBe(
        200,
      );
    }
  });

  it('[API-10] says which version was answered when a series was asked for', async () => {
    const { body } = await server.ask('POST', '/v2/capsules', NOTE);
    const bySeries = await server.ask('GET', `/v2/capsules/${body.series_id}`);
    expect(bySeries.headers['content-location']).toBe(`/v2/capsules/${body.id}`);
    expect(bySeries.body).toEqual(body);
    expect((await server.ask('GET', `/v2/capsules/${body.id}`)).headers['content-location']).toBeUndefined();
  });

  it('forks, reverts, archives and brings back', async () => {
    const { body: v1 } = await server.ask('POST', '/v2/capsules', NOTE);
    const { body: v2 } = await server.ask(
      'PUT',
      `/v2/capsules/${v1.id}`,
      { content: 'Two.' },
      { 'if-match': `"${v1.id}"` },
    );

    const fork = await server.ask('POST', `/v2/capsules/${v1.id}/fork`, { title: 'Mine', reason: 'To try' });
    expect(fork).toMatchObject({ status: 201, body: { version: '1.0.0', title: 'Mine', content: NOTE.content } });
    expect(fork.body.derived_from).toEqual([{ id: v1.id, relation: 'fork', reason: 'To try' }]);
    expect((await server.ask('POST', `/v2/capsules/${v1.id}/fork`)).status).toBe(201);

    const stale = await server.ask('POST', `/v2/capsules/${v1.id}/revert`, {}, { 'if-match': `"${v1.id}"` });
    expect(stale).toMatchObject({ status: 412, body: { head: { id: v2.id } } });
    const reverted = await server.ask('POST', `/v2/capsules/${v1.series_id}/revert`, { to: '1.0.0' });
    expect(reverted).toMatchObject({ status: 201, body: { version: '1.2.0', content: NOTE.content } });
    expect(await server.ask('POST', `/v2/capsules/${v1.id}/revert`, { to: '9.9.9' })).toMatchObject({ status: 404 });

    const versions = await server.ask('GET', `/v2/capsules/${v2.id}/versions`);
    expect(versions.body.items.map((item: { version: string }) => item.version)).toEqual(['1.2.0', '1.1.0', '1.0.0']);

    const archived = await server.ask('DELETE', `/v2/capsules/${v1.id}?reason=done`);
    expect(archived).toMatchObject({ status: 200, body: { id: reverted.body.id, archived: true } });
    const put = await server.ask('PUT', `/v2/capsules/${v1.series_id}`, { content: 'X.' }, { 'if-match': '*' });
    expect(put).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
    expect((await server.ask('POST', `/v2/capsules/${v1.id}/unarchive`)).body.archived).toBe(false);
  });
});

describe('races', () => {
  it('[API-7] lets one of 32 PUTs with one If-Match win; the others get the head', async () => {
    const { body: v1 } = await server.ask('POST', '/v2/capsules', NOTE);
    const replies = await Promise.all(
      Array.from({ length: 32 }, (_, i) =>
        server.ask('PUT', `/v2/capsules/${v1.series_id}`, { content: `Try ${i}` }, { 'if-match': `"${v1.id}"` }),
      ),
    );
    const [winner, ...more] = replies.filter(({ status }) => status === 200);
    expect(more).toEqual([]);
    const losers = replies.filter(({ status }) => status === 412);
    expect(losers).toHaveLength(31);
    for (const { body } of losers) expect(body.head.id).toBe(winner?.body.id);
  });

  it('[API-9] makes one series of 32 creates with one key', async () => {
    const replies = await Promise.all(
      Array.from({ length: 32 }, () => server.ask('POST', '/v2/capsules', { ...NOTE, key: 'one' })),
    );
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
  });

  it('[API-8] carries one of 32 requests with one idempotency key out, and answers all alike', async () => {
    const replies = await Promise.all(
      Array.from({ length: 32 }, () => server.ask('POST', '/v2/capsules', NOTE, { 'idempotency-key': 'k' })),
    );
    expect(new Set(replies.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    expect((await server.store.status()).capsules).toBe(1);
    const other = await server.ask('POST', '/v2/capsules', { ...NOTE, title: 'X' }, { 'idempotency-key': 'k' });
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_MISMATCH' } });
  });

  it('[API-8] tells the same body for another operation apart', async () => {
    const { body } = await server.ask('POST', '/v2/capsules', NOTE);
    const key = { 'idempotency-key': 'k' };
    expect((await server.ask('POST', `/v2/capsules/${body.id}/retract`, { reason: 'r' }, key)).status).toBe(200);
    expect((await server.ask('POST', `/v2/capsules/${body.id}/quarantine`, { reason: 'r' }, key)).status).toBe(422);
  });
});

describe('lineage', () => {
  it('answers as JSON and as Graphviz, both ways', async () => {
    const { body: root } = await server.ask('POST', '/v2/capsules', NOTE);
    const { body: child } = await server.ask('POST', '/v2/capsules', {
      ...NOTE,
      content: 'Child.',
      derived_from: [{ id: root.series_id, relation: 'summary', reason: 'because' }],
    });
    const up = await server.ask('GET', `/v2/capsules/${child.id}/lineage`);
    expect(up.body).toMatchObject({ root: child.id, direction: 'ancestors', truncated: false });
    expect(up.body.nodes.map((node: { id: string }) => node.id)).toEqual([child.id, root.id]);
    expect(up.body.edges).toMatchObject([{ child: child.id, parent: root.id, relation: 'summary', reason: 'because' }]);
    const down = await server.ask('GET', `/v2/capsules/${root.series_id}/lineage?direction=descendants&depth=1`);
    expect(down.body.nodes).toHaveLength(2);
    const dot = await server.ask('GET', `/v2/capsules/${child.id}/lineage?format=dot`);
    expect(dot.headers['content-type']).toBe('text/vnd.graphviz; charset=utf-8');
    expect(dot.text).toMatch(/^digraph/);
  });

  it('[LIN-12] says why a capsule of it was quarantined or retracted', async () => {
    const { body: root } = await server.ask('POST', '/v2/capsules', { ...NOTE, content: 'Root.' });
    const { body: child } = await server.ask('POST', '/v2/capsules', {
      ...NOTE,
      content: 'Child.',
      derived_from: [{ id: root.series_id, relation: 'fork' }],
    });
    const reasons = async () => {
      const { body } = await server.ask('GET', `/v2/capsules/${child.id}/lineage`);
      return body.nodes.map(({ standing_reason }: { standing_reason: string | null }) => standing_reason);
    };
    expect(await reasons()).toEqual([null, null]);
    await server.ask('POST', `/v2/capsules/${root.id}/quarantine`, { reason: 'the letter was forged' });
    expect(await reasons()).toEqual([null, 'the letter was forged']);
    const dot = await server.ask('GET', `/v2/capsules/${child.id}/lineage?format=dot`);
    expect(dot.text).toContain('because: the letter was forged');
    await server.ask('POST', `/v2/capsules/${root.id}/quarantine`, { lift: true, reason: 'it was genuine' });
    expect(await reasons()).toEqual([null, null]);
    await server.ask('POST', `/v2/capsules/${root.id}/retract`, { reason: 'written in error' });
    expect(await reasons()).toEqual([null, 'written in error']);
  });
});
