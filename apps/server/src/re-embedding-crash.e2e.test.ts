import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClient, type Client } from '@forge-cascade/api';
import { verifyDataFolder } from '@forge-cascade/store-sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddingServer } from './fixtures/embedding-server.js';

const PROGRAM = fileURLToPath(new URL('./fixtures/serve-process.mjs', import.meta.url));
const TOKEN = 'token-of-the-crash-test';
const CAPSULES = 400;
const KILLS = 5;
/** Capsules of one transaction: so many may have been embedded in vain by a kill. */
const BATCH = 64;

let folder: string;
let provider: EmbeddingServer;
let child: ChildProcess | null = null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-re-embedding-'));
  provider = await EmbeddingServer.start();
});
afterEach(async () => {
  await kill();
  await provider.close();
  await rm(folder, { recursive: true, force: true });
});

async function kill(): Promise<void> {
  const running = child;
  child = null;
  if (running === null || running.exitCode !== null || running.signalCode !== null) return;
  running.kill('SIGKILL');
  await once(running, 'exit');
}

async function start(model: string): Promise<Client> {
  const env = {
    ...process.env,
    FORGE_DATA: join(folder, 'data'),
    FORGE_PORT: '0',
    FORGE_HOST: '127.0.0.1',
    FORGE_TOKEN: TOKEN,
    FORGE_EMBEDDINGS: `openai:${model}`,
    FORGE_EMBEDDINGS_URL: provider.url,
  };
  const started = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  child = started;
  let output = '';
  for (const stream of [started.stdout, started.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  while (!/listening on (\S+)/.test(output)) {
    if (started.exitCode !== null) throw new Error(`the server ended:\n${output}`);
    await wait(10);
  }
  return createClient({ baseUrl: /listening on (\S+)/.exec(output)?.[1] ?? '', token: TOKEN });
}

const idOf = (model: string): string => `openai:${model}:384`;
const embeddings = async (client: Client) => (await client.getHealth({})).body.embeddings;

async function caughtUp(client: Client, model: string): Promise<boolean> {
  const status = await embeddings(client);
  return status?.serving === idOf(model) && status.target === idOf(model) && status.lag === 0;
}

describe('a server killed while it embeds anew', () => {
  it('[EMB-57] [EMB-58] serves by the model before until the new one has caught up, and ends with everything embedded once', async () => {
    let client = await start('anew');
    for (let from = 0; from < CAPSULES; from += 100) {
      const items = Array.from({ length: 100 }, (_, i) => ({
        type: 'knowledge' as const,
        title: `Parcel ${from + i}`,
        content: `Parcel number ${from + i} left the depot.`,
      }));
      await client.createCapsules({ body: { items } });
    }
    while (!(await caughtUp(client, 'anew'))) await wait(50);
    await kill();
    let written = CAPSULES;
    let seen = 0;

    for (const [before, model] of [
      ['anew', 'bold'],
      ['bold', 'anew'],
      ['anew', 'calm'],
    ] as const) {
      provider.requests.length = 0;
      let switched = false;
      let servedBefore = 0;
      let kills = 0;
      for (let done = false; !done;) {
        client = await start(model);
        // The last process is left alone.
        const killed = kills < KILLS ? wait(Math.random() * 900).then(() => true) : null;
        let ended = false;
        void killed?.then(() => (ended = true));
        await client.createCapsule({
          body: { type: 'knowledge', title: `Letter ${written++}`, content: `Letter ${written} came by night.` },
        });
        // It may have caught up since the last search was answered, so another one has to tell.
        while (!ended && !(done && switched)) {
          const asked = `parcel that has left ${seen++}`;
          const { semantic, items } = (await client.searchCapsules({ query: { q: asked, limit: 5 } })).body;
          expect(items).toHaveLength(5);
          if (semantic?.model === idOf(model)) switched = true;
          // Words alone while the models change, or where the question took too long to read.
          else if (semantic !== null) {
            expect(semantic.model).toBe(idOf(before));
            // Once the new one serves it goes on serving, whatever is killed.
            expect(switched).toBe(false);
            servedBefore++;
          }
          const { body: near } = await client.listSimilar({
            params: { id: items[0]?.capsule.id ?? '' },
            query: { limit: 3 },
          });
          expect(near.items).toHaveLength(3);
          done = killed === null && (await caughtUp(client, model));
          await wait(10);
        }
        await kill();
        if (!done) kills++;
      }
      expect(switched).toBe(true);
      expect(servedBefore).toBeGreaterThan(0);
      const times = new Map<string, number>();
      for (const request of provider.requests) {
        if (request.model !== model) continue;
        for (const text of request.input) {
          if (/^(?:Parcel|Letter) \d/.test(text)) times.set(text, (times.get(text) ?? 0) + 1);
        }
      }
      expect(times.size).toBe(written);
      const again = [...times.values()].reduce((sum, count) => sum + count - 1, 0);
      expect(again).toBeLessThanOrEqual(kills * BATCH);
      expect(await verifyDataFolder({ dataDir: join(folder, 'data') })).toMatchObject({ ok: true });
    }

    client = await start('calm');
    while (!(await caughtUp(client, 'calm'))) await wait(50);
    expect(await embeddings(client)).toMatchObject({ embedded: written, lag: 0, failing: null });
    const { semantic, items } = (await client.searchCapsules({ query: { q: 'Letter came', limit: 100 } })).body;
    expect(semantic).toEqual({ model: idOf('calm'), lag: 0 });
    expect(items.filter(({ capsule }) => capsule.title?.startsWith('Letter'))).toHaveLength(written - CAPSULES);
  }, 240_000);
});
