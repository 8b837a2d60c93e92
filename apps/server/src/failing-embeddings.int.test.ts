import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@forge-cascade/api';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig } from './config.js';
import { EmbeddingServer, refuse, sendVectors, type EmbeddingBehaviour } from './fixtures/embedding-server.js';
import { createLog } from './log.js';
import { serve } from './serve.js';

const TOKEN = 'token-of-failing-embeddings';
const KEY = 'sk-very-secret';
const SOON = { timeout: 50_000, interval: 200 };

const vectors = (count: number, dimensions: number, value: number): Float32Array[] =>
  Array.from({ length: count }, () => new Float32Array(dimensions).fill(value));

const faults: readonly (readonly [string, string, EmbeddingBehaviour])[] = [
  ['gives no numbers', 'not_finite', ({ input }, res) => sendVectors(res, vectors(input.length, 384, NaN))],
  [
    'writes NaN as Python does',
    'not_finite',
    ({ input }, res) =>
      void res.end(`{"data": [${input.map(() => `{"embedding": [${'NaN, '.repeat(383)}-Infinity]}`).join()}]}`),
  ],
  ['gives zeros', 'not_finite', ({ input }, res) => sendVectors(res, vectors(input.length, 384, 0))],
  [
    'gives vectors of another size',
    'wrong_dimensions',
    ({ input }, res) => sendVectors(res, vectors(input.length, 8, 1)),
  ],
  ['gives a vector too few', 'wrong_count', ({ input }, res) => sendVectors(res, vectors(input.length - 1, 384, 1))],
  ['has no quota left', 'quota', (_, res) => refuse(res, 429, { code: 'insufficient_quota', message: KEY })],
  ['refuses the key', 'unauthorized', (_, res) => refuse(res, 401, { code: 'invalid_api_key', message: KEY })],
  ['has lost the model', 'model_missing', (_, res) => refuse(res, 404, { code: 'model_not_found' })],
  ['answers with something else', 'unavailable', (_, res) => void res.end('<html>hello</html>')],
  [
    'breaks off its answer',
    'unavailable',
    (_, res) => {
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': '9999' });
      res.write('{"data": [{"index": 0, "emb', () => res.destroy());
    },
  ],
  ['hangs', 'timeout', () => undefined],
];

describe('a server whose embedding provider', () => {
  let root: string;
  beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), 'forge-failing-'))));
  afterAll(() => rm(root, { recursive: true, force: true }));

  it.concurrent.each(faults)(
    '[EMB-56] [EMB-64] %s says %s, loses nothing, and goes on by words until it works again',
    async (name, reason, behaviour) => {
      const provider = await EmbeddingServer.start();
      let logged = '';
      const config = readConfig({
        FORGE_PORT: '0',
        FORGE_DATA: join(root, name.replaceAll(' ', '-')),
        FORGE_TOKEN: TOKEN,
        FORGE_EMBEDDINGS: 'openai:letters',
        FORGE_EMBEDDINGS_URL: provider.url,
        FORGE_EMBEDDINGS_KEY: KEY,
      });
      const log = createLog('trace', { write: (line) => void (logged += line) });
      const server = await serve(config, { print: () => undefined, log, handleSignals: false });
      try {
        const client = createClient({ baseUrl: server.url, token: TOKEN });
        const create = (content: string) => client.createCapsule({ body: { type: 'knowledge', content } });
        const search = async (q: string) => (await client.searchCapsules({ query: { q, limit: 5 } })).body;
        const embeddings = async () => (await client.getHealth({})).body.embeddings;
        await create('The smelter in Oruro buys zinc.');
        await create('Everybody has thirty days of leave.');
        await vi.waitFor(async () => expect(await embeddings()).toMatchObject({ embedded: 2, lag: 0 }), SOON);
        expect((await search('who sells ore to smelters')).semantic).toMatchObject({ lag: 0 });

        provider.behaviour = behaviour;
        await create('The parcel left Potosí on Monday.');
        expect(await embeddings()).toMatchObject({ embedded: 2, lag: 1 });
        // Asked in other words each time, so that the provider is asked too.
        await vi.waitFor(async () => {
          expect((await search(`parcel ${provider.requests.length} `)).items[0]?.passage.text).toContain('parcel');
          expect(await embeddings()).toMatchObject({ failing: reason });
        }, SOON);
        expect((await search('parcel')).embeddings).toEqual({ model: 'openai:letters:384', lag: 1, failing: reason });
        expect((await embeddings())?.status).toBe('degraded');
        const { body } = await client.ask({ body: { query: 'When did the parcel leave Potosí?' } });
        expect(body.answer).toContain('The parcel left Potosí on Monday.');
        expect((await embeddings())?.embedded).toBe(2);

        provider.behaviour = null;
        provider.hangUp();
        await vi.waitFor(
          async () => expect(await embeddings()).toMatchObject({ embedded: 3, lag: 0, failing: null }),
          SOON,
        );
        const mended = await search('which parcels left on Mondays');
        expect(mended.semantic).toMatchObject({ lag: 0 });
        expect(mended.embeddings).toMatchObject({ lag: 0, failing: null });
        expect((await embeddings())?.status).toBe('ok');
        expect(mended.items[0]?.passage.text).toContain('parcel');
        expect(logged).not.toContain(KEY);
      } finally {
        await server.close();
        await provider.close();
      }
    },
    120_000,
  );
});
