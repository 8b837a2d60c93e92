import { describe, expect, it } from 'vitest';
import { createClient } from './client.js';
import { OPERATION_IDS } from './operations.js';

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

function clientOf(reply: () => Response) {
  const sent: Sent[] = [];
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    sent.push({ url, init });
    return Promise.resolve(reply());
  };
  return { sent, client: createClient({ baseUrl: 'http://host:1/', token: 'secret', fetch }) };
}

const ok = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json; charset=utf-8' } });

describe('the typed client', () => {
  it('[API-23] has a method for every operation', () => {
    expect(Object.keys(clientOf(() => ok({})).client)).toEqual(OPERATION_IDS);
  });

  it('[API-23] sends path, query, body and headers as the table says', async () => {
    const { client, sent } = clientOf(() => ok({}, 201));
    await client.searchCapsules({ query: { q: 'a b&c', type: ['code', 'config'], explain: true, cursor: undefined } });
    await client.updateCapsule({ params: { id: 'a/b' }, ifMatch: 'head', body: { content: 'x' } });
    const { status } = await client.forkCapsule({ params: { id: 's' }, idempotencyKey: 'k', body: {} });

    expect(sent.map(({ url, init }) => `${init.method} ${url}`)).toEqual([
      'GET http://host:1/v2/capsules/search?q=a+b%26c&type=code&type=config&explain=true',
      'PUT http://host:1/v2/capsules/a%2Fb',
      'POST http://host:1/v2/capsules/s/fork',
    ]);
    expect(sent[0]?.init.body).toBeUndefined();
    expect(sent[1]?.init.headers).toMatchObject({ 'if-match': '"head"', authorization: 'Bearer secret' });
    expect(sent[1]?.init.body).toBe('{"content":"x"}');
    expect(sent[2]?.init.headers).toMatchObject({ 'idempotency-key': 'k', 'content-type': 'application/json' });
    expect(status).toBe(201);
  });

  it('leaves an If-Match alone that is quoted already', async () => {
    const { client, sent } = clientOf(() => ok({}));
    for (const ifMatch of ['*', '"a"', 'W/"a"']) await client.updateCapsule({ params: { id: 'a' }, ifMatch, body: {} });
    expect(sent.map(({ init }) => (init.headers as Record<string, string>)['if-match'])).toEqual(['*', '"a"', 'W/"a"']);
  });

  it('gives text answers as text', async () => {
    const { client } = clientOf(
      () => new Response('note', { headers: { 'content-type': 'text/plain; charset=utf-8' } }),
    );
    expect((await client.getCheckpoint()).body).toBe('note');
  });

  it('[API-23] turns problem details into an ApiError', async () => {
    const problem = {
      type: 'urn:forge:error:version-conflict',
      title: 't',
      status: 412,
      detail: 'The head moved.',
      code: 'VERSION_CONFLICT',
      instance: 'urn:uuid:x',
      head: { id: 'h' },
    };
    const { client } = clientOf(
      () => new Response(JSON.stringify(problem), { status: 412, headers: { 'retry-after': '3' } }),
    );
    await expect(client.getCapsule({ params: { id: 'a' } })).rejects.toMatchObject({
      name: 'ApiError',
      code: 'VERSION_CONFLICT',
      status: 412,
      message: 'The head moved.',
      problem,
      retryAfter: 3,
    });
  });

  it('says so when a refusal is no problem document', async () => {
    const { client } = clientOf(() => new Response('<html>', { status: 502 }));
    await expect(client.getHealth()).rejects.toMatchObject({ code: 'UNREADABLE_ANSWER', status: 502, problem: null });
  });
});
