import { buildOpenApi, OPERATION_IDS, operations, problemSchema, type OperationShape } from '@forge-cascade/api';
import { ScriptedRunner } from '@forge-cascade/core/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryServer, type Reply, type TestServer } from './fixtures/memory-server.js';
import { PAGES } from './pages/route-pages.js';

let server: TestServer;
let capsule: { id: string; series_id: string };
beforeAll(async () => {
  server = await memoryServer({ overlays: { runner: new ScriptedRunner({}) } });
  ({ body: capsule } = await server.ask('POST', '/v2/capsules', { type: 'knowledge', content: 'Something.' }));
});
afterAll(() => server.app.close());

const document = buildOpenApi({ version: '1' });
const UNKNOWN = '0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8a11';
const ALL = OPERATION_IDS.map((id) => operations[id] as OperationShape);
const WITH_BODY = ALL.filter(({ body }) => body);
const WITH_ID = ALL.filter(({ params }) => params);

const at = ({ path }: OperationShape, id: string = capsule.id): string => path.replace('{id}', id);
/** A body that passes for the operation, so that only what the test breaks is broken. */
const fine = ({ id, body }: OperationShape): unknown => {
  if (id === 'updateCapsule') return { title: 'x' };
  return body?.meta()?.['examples']
    ? (body.meta()?.['examples'] as unknown[])[0]
    : { items: [{ type: 'code', content: 'x' }] };
};
const bodyFor = (operation: OperationShape): unknown => (operation.body ? fine(operation) : undefined);
const headersFor = ({ ifMatch }: OperationShape): Record<string, string> => (ifMatch ? { 'if-match': '*' } : {});
const queryFor: Record<string, string> = {
  searchCapsules: '?q=x',
  getInclusionProof: '?seq=1',
  getConsistencyProof: '?from=1',
};

/** The answer is a problem document with the status, and the OpenAPI document knows that status. */
function expectProblem(operation: OperationShape, reply: Reply, status: number): void {
  expect(reply.status, `${operation.id}: ${reply.text}`).toBe(status);
  expect(reply.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  const problem = problemSchema.parse(reply.body);
  expect(problem.status).toBe(status);
  expect(problem.instance).toBe(`urn:uuid:${reply.headers['x-correlation-id']}`);
  expect(reply.text).not.toMatch(/node_modules|\.ts:|\.js:|\/src\//);
  const documented = document.paths[operation.path]?.[operation.method.toLowerCase()]?.responses ?? {};
  expect(Object.keys(documented), operation.id).toContain(String(status));
}

describe('every operation', () => {
  it('[API-1] is routed', () => {
    for (const { method, path } of ALL) {
      expect(server.app.hasRoute({ method, url: path.replace('{id}', ':id') }), path).toBe(true);
    }
  });

  it.each(ALL)('[API-2] $id needs the token, unless a probe asks', async (operation) => {
    const send = (authorization: string) =>
      server.ask(operation.method, at(operation) + (queryFor[operation.id] ?? ''), bodyFor(operation), {
        authorization,
      });
    if (operation.open) {
      expect((await send('')).status).toBe(200);
      return;
    }
    for (const wrong of [
      '',
      'Bearer',
      'Bearer wrong',
      'Basic dGVzdA==',
      'Bearer test-token-0123456789x',
      'test-token-0123456789',
    ]) {
      const reply = await send(wrong);
      expectProblem(operation, reply, 401);
      expect(reply.headers['www-authenticate']).toMatch(/^Bearer/);
    }
  });

  it.each(ALL)('[API-4] $id refuses a query parameter it does not know, by name', async (operation) => {
    const query = `${queryFor[operation.id] ?? '?'}&surprise=1`;
    const reply = await server.ask(operation.method, at(operation) + query, bodyFor(operation), headersFor(operation));
    expectProblem(operation, reply, 422);
    expect(reply.body.errors).toContainEqual({ in: 'query', field: 'surprise', message: 'is not known here' });
  });

  it.each(ALL)('[API-5] $id refuses a query that is not percent-encoded UTF-8', async (operation) => {
    const reply = await server.ask(
      operation.method,
      `${at(operation)}?q=%ff`,
      bodyFor(operation),
      headersFor(operation),
    );
    expectProblem(operation, reply, 400);
  });
});

describe('every operation on something', () => {
  it.each(WITH_ID)('[API-15] $id answers 404 for an id that names nothing, whatever its form', async (operation) => {
    for (const id of [UNKNOWN, 'x', 'a b', '..%2f..%2fetc', '%00', '💥', 'x'.repeat(100), 'x'.repeat(400)].map((id) =>
      id.includes('%') ? id : encodeURIComponent(id),
    )) {
      const reply = await server.ask(operation.method, at(operation, id), bodyFor(operation), headersFor(operation));
      expectProblem(operation, reply, 404);
      expect(reply.body.code, id).toBe(operation.area === 'Overlays' ? 'NOT_FOUND' : 'CAPSULE_NOT_FOUND');
    }
  });
});

describe('every operation with a body', () => {
  const send = (operation: OperationShape, body: unknown, headers: Record<string, string> = {}) =>
    server.ask(operation.method, at(operation), body, { ...headersFor(operation), ...headers });

  it.each(WITH_BODY)('[API-4] $id refuses a field it does not know, by name', async (operation) => {
    const reply = await send(operation, { ...(fine(operation) as object), surprise: 1 });
    expectProblem(operation, reply, 422);
    expect(reply.body.errors).toContainEqual({ in: 'body', field: 'surprise', message: 'is not known here' });
  });

  it.each(WITH_BODY)('[API-5] $id refuses what cannot be read, and what could not be kept', async (operation) => {
    expectProblem(operation, await send(operation, '{"a":'), 400);
    expectProblem(operation, await send(operation, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), 400);
    expectProblem(operation, await send(operation, '['.repeat(10_000) + ']'.repeat(10_000)), 400);
    expectProblem(operation, await send(operation, '{"title":"\\u0000"}'), 422);
    expectProblem(operation, await send(operation, '{"title":"\\ud800"}'), 422);
    expectProblem(operation, await send(operation, '{"__proto__":{"reviewer":true}}'), 422);
    expectProblem(operation, await send(operation, '[]'), 422);
    expectProblem(operation, await send(operation, 'null'), 422);
    expectProblem(
      operation,
      await send(operation, 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
    );
    expectProblem(operation, await send(operation, '{}', { 'content-type': 'application/json; charset=latin1' }), 415);
    expectProblem(operation, await send(operation, '{}', { 'content-encoding': 'gzip' }), 415);
  });

  it.each(WITH_BODY)('[API-5] $id refuses a body beyond its limit', async (operation) => {
    const reply = await send(operation, ' '.repeat((operation.bodyLimit ?? 4 * 1024 * 1024) + 1));
    expectProblem(operation, reply, 413);
  });

  it.each(WITH_BODY.filter(({ bodyOptional }) => !bodyOptional))('$id refuses a missing body', async (operation) => {
    expectProblem(operation, await send(operation, undefined), 422);
  });

  it.each(WITH_BODY.filter(({ method }) => method === 'POST'))(
    '[API-8] $id refuses a broken idempotency key',
    async (operation) => {
      expectProblem(operation, await send(operation, fine(operation), { 'idempotency-key': 'a b' }), 422);
    },
  );
});

describe('single rules', () => {
  it.each([
    ['GET', '/v2/capsules?limit=0', 'limit'],
    ['GET', '/v2/capsules?limit=-1', 'limit'],
    ['GET', '/v2/capsules?limit=501', 'limit'],
    ['GET', '/v2/capsules?limit=ten', 'limit'],
    ['GET', '/v2/capsules?cursor=forged', 'cursor'],
    ['GET', '/v2/capsules?min_trust=101', 'min_trust'],
    ['GET', '/v2/capsules?type=poem', 'type'],
    ['GET', '/v2/capsules?as_of=yesterday', 'as_of'],
    ['GET', '/v2/capsules?as_of=9999-12-31T23:59:59-23:59', 'as_of'],
    ['GET', '/v2/capsules?limit=1&limit=2', 'limit'],
    ['GET', '/v2/capsules?__proto__=1', '__proto__'],
    ['GET', '/v2/capsules/search', 'q'],
    ['GET', '/v2/capsules/search?q=', 'q'],
    ['GET', '/v2/capsules/search?q=x&include=all', 'include'],
    ['GET', '/v2/ledger/proof', 'seq'],
    ['GET', '/v2/ledger/proof?seq=0', 'seq'],
    ['GET', '/v2/system/audit-log?order=random', 'order'],
    ['GET', '/v2/system/audit-log?cursor=forged', 'cursor'],
  ])('[API-4] %s %s names the field %s', async (method, url, field) => {
    const { status, body } = await server.ask(method, url);
    expect(status).toBe(422);
    expect(body.errors.map((error: { field: string }) => error.field)).toContain(field);
  });

  it('[API-4] names every faulty field by its path, and quotes no value', async () => {
    const item = {
      type: 'knowledge',
      content: 'x',
      derived_from: [{ id: 'a', relation: 'SECRET-RELATION' }],
      tags: [1],
    };
    const { status, body, text } = await server.ask('POST', '/v2/capsules/batch', {
      items: [{ type: 'code', content: 'x' }, item],
    });
    expect(status).toBe(422);
    expect(body.errors.map((error: { field: string }) => error.field).sort()).toEqual([
      'items[1].derived_from[0].relation',
      'items[1].tags[0]',
    ]);
    expect(text).not.toContain('SECRET');
  });

  it('cuts the name of an unknown field to a length', async () => {
    const { text } = await server.ask('POST', '/v2/capsules', { type: 'code', content: 'x', ['k'.repeat(100_000)]: 1 });
    expect(text.length).toBeLessThan(1_000);
  });

  it('[API-22] answers 405 with Allow where an address knows other methods', async () => {
    for (const [method, url, allow] of [
      ['PATCH', `/v2/capsules/${capsule.id}`, 'DELETE, GET, HEAD, PUT'],
      ['DELETE', '/v2/ask', 'POST'],
      ['POST', '/', 'GET, HEAD'],
      ['OPTIONS', '/v2/capsules', 'GET, HEAD, POST'],
      ['QUERY', '/v2/system/health', 'GET, HEAD'],
    ] as const) {
      const reply = await server.ask(method, url);
      expect(reply, `${method} ${url}`).toMatchObject({
        status: 405,
        headers: { allow },
        body: { code: 'METHOD_NOT_ALLOWED' },
      });
    }
  });

  it('[API-2] hides addresses that nobody serves behind the token, too', async () => {
    for (const url of ['/v2/none', '/admin', '/v2/capsules/', '/.env']) {
      expect((await server.ask('GET', url, undefined, { authorization: '' })).status, url).toBe(401);
      expect((await server.ask('GET', url)).status, url).toBe(404);
    }
    for (const url of PAGES)
      expect((await server.ask('GET', url, undefined, { authorization: '' })).status, url).toBe(200);
  });

  it('[API-12] takes over a correlation id that is a UUID, into answer and audit trail', async () => {
    const { headers } = await server.ask(
      'POST',
      '/v2/capsules',
      { type: 'code', content: 'c' },
      { 'x-correlation-id': UNKNOWN.toUpperCase() },
    );
    expect(headers['x-correlation-id']).toBe(UNKNOWN);
    const { body } = await server.ask('GET', `/v2/system/audit-log?correlation_id=${UNKNOWN}`);
    expect(body.items).toMatchObject([{ type: 'capsule.created.v1' }]);
    const made = await server.ask('GET', '/v2/system/health', undefined, { 'x-correlation-id': 'x"; DROP' });
    expect(made.headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('failures inside', () => {
  it('[API-3] answers 500 with the correlation id alone, and logs the cause', async () => {
    const broken = await memoryServer();
    broken.store.list = () => Promise.reject(new Error('at /home/me/data/forge.db: disk on fire'));
    const reply = await broken.ask('GET', '/v2/capsules');
    expectProblem(operations.listCapsules, reply, 500);
    expect(Object.keys(reply.body).sort()).toEqual(['code', 'detail', 'instance', 'status', 'title', 'type']);
    expect(reply.text).not.toContain('fire');
    expect(broken.log()).toContain('disk on fire');
    expect(broken.log()).toContain(reply.headers['x-correlation-id']);
    await broken.app.close();
  });

  it('[API-3] says that the store is damaged without saying where', async () => {
    const broken = await memoryServer();
    const damage = Object.assign(new Error('page 7 of /data/forge.db'), {
      name: 'DomainError',
      code: 'STORE_CORRUPT',
      details: { path: '/data' },
    });
    broken.store.list = () => Promise.reject(damage);
    const reply = await broken.ask('GET', '/v2/capsules');
    expectProblem(operations.listCapsules, reply, 500);
    expect(reply.body.code).toBe('STORE_CORRUPT');
    expect(reply.text).not.toContain('/data');
    await broken.app.close();
  });

  it('answers 503 once the store is closed', async () => {
    const closed = await memoryServer();
    await closed.store.close();
    expectProblem(operations.listCapsules, await closed.ask('GET', '/v2/capsules'), 503);
    await closed.app.close();
  });
});

describe('the log', () => {
  it('[API-13] holds neither token nor body nor query nor address, whatever happens', async () => {
    const quiet = await memoryServer();
    const secret = 'hunter2secret';
    const { body } = await quiet.ask('POST', '/v2/capsules', {
      type: 'code',
      content: secret,
      title: secret,
      key: secret,
    });
    await quiet.ask('GET', `/v2/capsules/search?q=${secret}`);
    await quiet.ask('POST', '/v2/ask', { query: `What is ${secret}?` });
    await quiet.ask('GET', `/v2/capsules/${secret}`);
    await quiet.ask('GET', `/${secret}?${secret}=${secret}`);
    await quiet.ask('POST', '/v2/capsules', `{"content": ${secret}`);
    await quiet.ask('POST', '/v2/capsules', { type: secret, content: secret, [secret]: secret });
    await quiet.ask('GET', '/v2/capsules', undefined, {
      authorization: `Bearer ${secret}`,
      cookie: secret,
      'user-agent': secret,
    });
    quiet.store.search = () => Promise.reject(new Error('broken'));
    await quiet.ask('GET', `/v2/capsules/search?q=${secret}`);
    const log = quiet.log();
    expect(log.match(/"msg":"request"/g)).toHaveLength(9);
    expect(log).toContain('"route":"/v2/capsules/:id"');
    expect(log).not.toContain(secret);
    expect(log).not.toContain('test-token');
    expect(log).not.toContain(body.id);
    await quiet.app.close();
  });
});
