import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  checkedEmbeddings,
  type DomainError,
  embeddingFailureReason,
  type EmbeddingProvider,
} from '@forge-cascade/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAiEmbeddings, type OpenAiEmbeddingsOptions } from './openai-embeddings.js';

interface Request {
  readonly model: string;
  readonly input: readonly string[];
  readonly encoding_format: 'float' | 'base64';
  readonly dimensions?: number;
}
type Reply = (response: ServerResponse, request: Request, headers: IncomingMessage['headers']) => void;

const KEY = 'sk-very-secret';
let server: Server;
let baseUrl: string;
let requests: Request[];
let replies: Reply[];

/** The protocol as servers speak it: one vector per text, out of order, in the encoding that was asked for. */
const good: Reply = (response, { input, encoding_format, dimensions = 4 }) => {
  const data = input.map((text, index) => {
    const vector = Float32Array.from({ length: dimensions }, (_, at) => (at === 0 ? text.length : 1));
    const embedding = encoding_format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector];
    return { object: 'embedding', index, embedding };
  });
  json(response, 200, { object: 'list', data: data.reverse(), model: 'm', usage: { prompt_tokens: 1 } });
};
const embeddings =
  (...vectors: readonly unknown[]): Reply =>
  (response) =>
    json(response, 200, { data: vectors.map((embedding, index) => ({ index, embedding })) });
const refusing =
  (status: number, error: unknown = {}, headers: Record<string, string> = {}): Reply =>
  (response) =>
    json(response, status, { error }, headers);

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

beforeEach(async () => {
  requests = [];
  replies = [];
  server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      if (request.url !== '/v1/embeddings' || request.method !== 'POST') return json(response, 405, {});
      const asked = JSON.parse(text) as Request;
      requests.push(asked);
      (replies.shift() ?? good)(response, asked, request.headers);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function given(options: Partial<OpenAiEmbeddingsOptions> = {}): Promise<EmbeddingProvider> {
  return openAiEmbeddings({ model: 'm', baseUrl, apiKey: KEY, dimensions: 4, retries: 0, ...options });
}

/** How embedding fails when the server gives these replies. */
async function failure(options: Partial<OpenAiEmbeddingsOptions>, ...given_: readonly Reply[]): Promise<DomainError> {
  replies = [...given_];
  const provider = checkedEmbeddings(await given(options));
  const error = await provider.embed(['a'], 'document').then(
    () => expect.unreachable(),
    (thrown: unknown) => thrown as DomainError,
  );
  expect(embeddingFailureReason(error)).not.toBeNull();
  expect(JSON.stringify([error.message, error.details, error.cause, error.stack])).not.toContain(KEY);
  return error;
}

describe('openAiEmbeddings', () => {
  it('[EMB-15] asks once for the dimension, then gives vectors in the order of the texts', async () => {
    const provider = await given({ dimensions: null });
    expect(provider).toMatchObject({ model: 'openai:m:4', dimensions: 4 });
    const vectors = await provider.embed(['bb', 'a', 'cccc'], 'query');
    expect(vectors.map(([first]) => first)).toEqual([2, 1, 4]);
    expect(requests.map(({ input }) => input.length)).toEqual([1, 3]);
  });

  it('[EMB-15] says how many dimensions it wants when they are set, and asks nothing before', async () => {
    const provider = await given({ dimensions: 6 });
    expect(requests).toEqual([]);
    expect(await provider.embed(['a'], 'document')).toMatchObject([{ length: 6 }]);
    expect(requests).toMatchObject([{ model: 'm', dimensions: 6 }]);
  });

  it('[EMB-15] sends the key, and none where there is none', async () => {
    const seen: (string | undefined)[] = [];
    const noting: Reply = (response, request, headers) => {
      seen.push(headers.authorization);
      good(response, request, headers);
    };
    replies = [noting, noting];
    await (await given()).embed(['a'], 'document');
    await (await given({ apiKey: null })).embed(['a'], 'document');
    expect(seen).toEqual([`Bearer ${KEY}`, undefined]);
  });

  it('[EMB-15] falls back to plain numbers for a server that knows no base64', async () => {
    replies = [refusing(400, { message: 'encoding_format' })];
    const provider = await given();
    expect((await provider.embed(['abc'], 'document'))[0]?.[0]).toBe(3);
    await provider.embed(['abc'], 'document');
    expect(requests.map(({ encoding_format }) => encoding_format)).toEqual(['base64', 'float', 'float']);
  });

  it('[EMB-15] cuts texts into requests that servers take, and never sends an empty or overlong text', async () => {
    const provider = await given();
    const texts = ['', ...Array.from({ length: 199 }, () => `${'x'.repeat(provider.maxChars - 1)}😀`)];
    expect(await provider.embed(texts, 'document')).toHaveLength(200);
    expect(requests.flatMap(({ input }) => input)).toHaveLength(200);
    for (const { input } of requests) {
      expect(input.join('').length).toBeLessThanOrEqual(200_000);
      for (const text of input) {
        expect(text.length).toBeGreaterThan(0);
        expect(text.length).toBeLessThanOrEqual(provider.maxChars);
        expect(text.isWellFormed()).toBe(true);
      }
    }
  });

  it.each([
    ['a wrong key', refusing(401, { message: `Incorrect API key provided: ${KEY}` }), 'unauthorized'],
    ['a key without the right', refusing(403), 'unauthorized'],
    ['a spent quota', refusing(429, { code: 'insufficient_quota', type: 'insufficient_quota' }), 'quota'],
    ['a bill that is due', refusing(402), 'quota'],
    ['too many requests', refusing(429, { code: 'rate_limit_exceeded' }), 'rate_limited'],
    ['an unknown model', refusing(404, { code: 'model_not_found' }), 'model_missing'],
    ['an unknown model on a local server', refusing(404, 'model "m" not found'), 'model_missing'],
    ['a fault of the server', refusing(500), 'unavailable'],
    ['a gateway’s page', (response) => response.writeHead(502).end('<html>'), 'unavailable'],
    ['a redirect', (response) => response.writeHead(307, { location: '/v1/embeddings' }).end(), 'unavailable'],
    ['a vector too many', embeddings([1, 0, 0, 0], [1, 0, 0, 0]), 'wrong_count'],
    ['no vector', embeddings(), 'wrong_count'],
    ['a short vector', embeddings([1, 0]), 'wrong_dimensions'],
    ['a short vector in base64', embeddings(Buffer.alloc(12, 1).toString('base64')), 'wrong_dimensions'],
    ['NaN, as JSON writes it', embeddings([1, null, 0, 0]), 'not_finite'],
    ['NaN in base64', embeddings(Buffer.alloc(16, 255).toString('base64')), 'not_finite'],
    ['zeros', embeddings([0, 0, 0, 0]), 'not_finite'],
    ['another document', (response) => json(response, 200, { hello: 1 }), 'unavailable'],
    ['half a document', (response) => response.writeHead(200).end('{"data":[{"index":0,"emb'), 'unavailable'],
    [
      'half a body',
      (response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('{"data":[');
        setTimeout(() => response.destroy(), 20);
      },
      'unavailable',
    ],
    ['a closed connection', (response) => response.destroy(), 'unavailable'],
  ] as [string, Reply, string][])('[EMB-16] names %s', async (_, reply, reason) => {
    expect((await failure({}, reply)).details['reason']).toBe(reason);
  });

  it('[EMB-16] names a server that is not there', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    await once(gone.close(), 'close');
    const error = await failure({ baseUrl: `http://127.0.0.1:${port}/v1` });
    expect(error.message).toBe('The embedding server for openai:m cannot be reached (ECONNREFUSED).');
  });

  it('[EMB-16] names a server that does not answer, or not to the end', async () => {
    const silent: Reply = () => undefined;
    const stuck: Reply = (response) => void response.writeHead(200).write('{"data":[');
    expect((await failure({ requestMs: 50 }, silent)).details['reason']).toBe('timeout');
    expect((await failure({ requestMs: 50 }, stuck)).details['reason']).toBe('timeout');
  });

  it('[EMB-16] fails to open when the dimension cannot be found out', async () => {
    replies = [refusing(401)];
    await expect(given({ dimensions: null })).rejects.toMatchObject({ details: { reason: 'unauthorized' } });
    replies = [embeddings([])];
    await expect(given({ dimensions: null })).rejects.toMatchObject({ details: { reason: 'wrong_dimensions' } });
  });

  it('[EMB-17] tries again what may pass, as often as it may, and nothing else', async () => {
    const at = { 'retry-after-ms': '1' };
    replies = [refusing(503, {}, at), refusing(429, {}, at)];
    expect(await (await given({ retries: 2 })).embed(['a'], 'document')).toHaveLength(1);
    expect(requests).toHaveLength(3);
    requests = [];
    await failure({ retries: 2 }, ...Array.from({ length: 9 }, () => refusing(500, {}, at)));
    expect(requests).toHaveLength(3);
    requests = [];
    await failure({ retries: 2 }, refusing(401, {}, at));
    await failure({ retries: 2 }, refusing(429, { code: 'insufficient_quota' }, at));
    await failure({ retries: 2 }, refusing(413, {}, at));
    expect(requests).toHaveLength(3);
  });

  it('[EMB-17] does not sit out a long wait, but says how long it is', async () => {
    const seconds = await failure({ retries: 2, longestWaitMs: 100 }, refusing(429, {}, { 'retry-after': '30' }));
    expect(seconds.details).toEqual({ reason: 'rate_limited', model: 'openai:m', retry_after_ms: 30_000 });
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    const moment = await failure({ retries: 2, longestWaitMs: 100 }, refusing(503, {}, { 'retry-after': date }));
    expect(moment.details['retry_after_ms']).toBeGreaterThan(3_000_000);
    expect(requests).toHaveLength(2);
  });

  it('[EMB-17] stops at once when it is cancelled, also while it waits', async () => {
    const stop = new AbortController();
    replies = [
      (response) => {
        refusing(503, {}, { 'retry-after': '5' })(response, requests[0]!, {});
        setTimeout(() => stop.abort(new Error('enough')), 50);
      },
    ];
    const provider = await given({ retries: 2 });
    await expect(checkedEmbeddings(provider).embed(['a'], 'query', stop.signal)).rejects.toThrow('enough');
    expect(requests).toHaveLength(1);
  });
});
