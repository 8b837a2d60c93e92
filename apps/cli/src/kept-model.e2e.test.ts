import { operations } from '@forge-cascade/api';
import { hashingEmbedder } from '@forge-cascade/core';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GivenCli, printed, stopped } from './given-cli.js';

const MODEL = 'openai:paid:384';
const TOKEN = 'token-of-the-kept-model';

const HEALTH = operations.getHealth.responses[200].content['application/json'];

let cli: GivenCli;
let provider: Server;
let paid: Readonly<Record<string, string>>;
/** Texts that were paid for, but for the one that asks for the dimension. */
let read: string[];

beforeEach(async () => {
  cli = await GivenCli.make();
  read = [];
  provider = createServer(async (request, response) => {
    const { input } = JSON.parse(await text(request)) as { readonly input: string[] };
    read.push(...input.filter((one) => one !== 'dimension'));
    const vectors = await hashingEmbedder().embed(input, 'document');
    response.end(JSON.stringify({ data: vectors.map((vector) => ({ embedding: [...vector] })) }));
  }).listen(0, '127.0.0.1');
  await once(provider, 'listening');
  const url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`;
  paid = { FORGE_EMBEDDINGS: 'openai:paid', FORGE_EMBEDDINGS_URL: url, FORGE_TOKEN: TOKEN };
});
afterEach(async () => {
  provider.closeAllConnections();
  provider.close();
  await cli.end();
});

const health = (env: Readonly<Record<string, string>> = {}) => cli.json(['status'], HEALTH, { env });

/** Serves the folder until the model has read everything. */
async function served(env: Readonly<Record<string, string>>, until: string | null, failing: string | null = null) {
  const child = cli.spawn(['serve'], { FORGE_TOKEN: TOKEN, ...env });
  try {
    await printed(child, /listening on/);
    for (;;) {
      const { embeddings } = await health({ FORGE_TOKEN: TOKEN });
      if (embeddings?.serving === until && embeddings.failing === failing && (failing !== null || embeddings.lag === 0))
        return embeddings;
      await wait(50);
    }
  } finally {
    await stopped(child, 'SIGTERM');
  }
}

describe('a folder that a paid model serves', () => {
  it('[EMB-61] [EMB-62] [EMB-63] keeps it and its vectors until a server is started with another choice', async () => {
    await cli.run(['capsule', 'create', '--title', 'Retention', '--content', 'We keep logs for thirty days.']);
    await served(paid, MODEL);
    expect(read).toEqual(['Retention: We keep logs for thirty days.']);

    for (const env of [{}, { FORGE_EMBEDDINGS: 'none' }, { FORGE_EMBEDDINGS: 'hashing' }]) {
      expect((await cli.run(['search', 'logs'], { env })).out).toContain('Retention');
      expect((await health(env)).embeddings).toMatchObject({ serving: MODEL, target: null, failing: 'not_set_up' });
    }
    const { out } = await cli.run(['status']);
    expect(out).toContain(`search by words, alike by ${MODEL}; its model is not set up here`);
    expect(await served({}, MODEL, 'not_set_up')).toMatchObject({ ranks: false, embedded: 1 });

    await cli.run(['search', 'logs'], { env: paid });
    await served(paid, MODEL);
    expect(read.filter((one) => one.includes('thirty days'))).toHaveLength(1);

    const hashing = hashingEmbedder().model;
    await served({ FORGE_EMBEDDINGS: 'hashing' }, hashing);
    expect((await health()).embeddings).toMatchObject({ serving: hashing, failing: null });
  }, 120_000);
});
