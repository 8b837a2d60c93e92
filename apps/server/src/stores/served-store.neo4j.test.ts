import { createClient, type Client } from '@forge-cascade/api';
import { isDomainError } from '@forge-cascade/core';
import { aCapsule, commitOf } from '@forge-cascade/core/contract';
import { empty, givenServers, guardedServer, meddle } from '@forge-cascade/store-neo4j/testing';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../config.js';
import { createLog } from '../log.js';
import { serve, type RunningServer } from '../serve.js';
import { moveStore } from './move-store.js';
import { openStore, verifyStore } from './open-store.js';
import type { StoreAddress } from './store-address.js';

const guarded = guardedServer();
const ENV = {
  FORGE_PORT: '0',
  FORGE_STORE: guarded.url,
  FORGE_STORE_USER: guarded.user ?? '',
  FORGE_STORE_PASSWORD: guarded.password ?? '',
};

let folder: string;
let running: RunningServer[] = [];
let told = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-served-'));
  told = '';
  await empty(guarded);
});

afterEach(async () => {
  await Promise.all(running.map((server) => server.close()));
  running = [];
  await rm(folder, { recursive: true, force: true });
});

const config = (env: Record<string, string> = {}) => readConfig({ ...ENV, FORGE_DATA: join(folder, 'data'), ...env });

async function start(env: Record<string, string> = {}): Promise<Client> {
  const sink = new Writable({ write: (chunk, _, done) => ((told += String(chunk)), done()) });
  const options = { print: (line: string) => void (told += `${line}\n`), handleSignals: false };
  const settings = config(env);
  const server = await serve(settings, { ...options, log: createLog('trace', sink) });
  running.push(server);
  const token = settings.token ?? (await readFile(join(settings.dataDir, 'token'), 'utf8')).trim();
  return createClient({ baseUrl: server.url, token });
}

/** Waits until all that was written can be found by meaning. */
async function embedded(client: Client): Promise<void> {
  for (;;) {
    const { embeddings } = (await client.getHealth()).body;
    if (embeddings !== null && embeddings.serving !== null && embeddings.lag === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('a server over Neo4j', () => {
  it('[NEO-12] writes, finds, answers, walks the lineage, embeds and is verified, and has it all after a restart', async () => {
    const client = await start();
    const made = await client.createCapsule({
      body: {
        type: 'decision',
        title: 'Journal mode',
        content: 'We choose WAL because readers never wait for the writer.',
      },
    });
    const fork = await client.forkCapsule({
      params: { id: made.body.id },
      body: {
        title: 'Journal mode in Spain',
        content: 'WAL with full synchronisation, because the power fails there.',
      },
    });
    await embedded(client);
    const look = async (asked: Client) => {
      const [found, answer, lineage, similar, health] = await Promise.all([
        asked.postSearch({ body: { q: 'journal mode' } }),
        asked.ask({ body: { query: 'Why did we choose WAL?' } }),
        asked.getLineage({ params: { id: fork.body.id } }),
        asked.listSimilar({ params: { id: fork.body.id } }),
        asked.getHealth(),
      ]);
      return {
        found: found.body.items.map(({ capsule }) => capsule.id).sort(),
        answer: JSON.stringify(answer.body).includes('readers never wait'),
        lineage: typeof lineage.body === 'string' ? [] : lineage.body.nodes.map(({ id }) => id),
        similar: similar.body.items.map(({ capsule }) => capsule.id),
        health: [health.body.engine, health.body.capsules, health.body.embeddings?.lag],
      };
    };
    const before = await look(client);
    expect(before).toEqual({
      found: [made.body.id, fork.body.id].sort(),
      answer: true,
      lineage: [fork.body.id, made.body.id],
      similar: [made.body.id],
      health: ['neo4j', 2, 0],
    });
    await running[0]?.close();
    expect(await look(await start())).toEqual(before);
    await running[1]?.close();
    expect(await verifyStore(config(), {})).toMatchObject({ ok: true, capsules: 2, findings: [] });
  });

  it('[NEO-11] says nowhere what its password is, neither at work nor when it cannot work', async () => {
    const client = await start({ FORGE_STORE: guarded.url.replace('://', `://${guarded.user}:${guarded.password}@`) });
    const health = await client.getHealth();
    const missing = await client.getCapsule({ params: { id: 'nothing' } }).catch((error: unknown) => String(error));
    const failing = await serve(config({ FORGE_STORE_PASSWORD: 'Zanzibar-7f3a' }), { log: createLog('silent') }).catch(
      (error: unknown) => error,
    );
    expect(isDomainError(failing) && failing.code).toBe('UNAUTHENTICATED');
    const seen = [told, JSON.stringify(health.body), String(missing), String(failing), JSON.stringify(failing)].join(
      '\n',
    );
    expect(seen).toContain(`Store:     ${guarded.url}`);
    for (const secret of [guarded.password ?? '', 'Zanzibar-7f3a']) expect(seen.includes(secret)).toBe(false);
  });

  it('[NEO-13] is signed by one key, whichever process writes; without it or with another it is not opened', async () => {
    const first = await start();
    await first.createCapsule({ body: { type: 'decision', content: 'Kept.' } });
    const elsewhere = { FORGE_DATA: join(folder, 'elsewhere'), FORGE_TOKEN: 'given' };
    const open = (env: Record<string, string>) => start({ ...elsewhere, ...env }).catch((error: unknown) => error);
    const missing = await open({});
    expect(missing).toMatchObject({ code: 'STORE_CORRUPT' });
    expect((missing as Error).message).toMatch(/ledger\.key.*FORGE_LEDGER_KEY/);
    const key = (await readFile(join(folder, 'data', 'ledger.key'), 'utf8')).trim();
    const stranger = await open({ FORGE_STORE: `sqlite:${join(folder, 'stranger')}` });
    expect(stranger).not.toBeInstanceOf(Error);
    const strange = (await readFile(join(folder, 'stranger', 'ledger.key'), 'utf8')).trim();
    const wrong = await open({ FORGE_LEDGER_KEY: strange });
    expect(wrong).toMatchObject({ code: 'INVALID_INPUT', details: { field: 'ledgerKey' } });
    const second = (await open({ FORGE_LEDGER_KEY: key })) as Client;
    await second.createCapsule({ body: { type: 'decision', content: 'Beside it.' } });
    expect((await first.getHealth()).body.capsules).toBe(2);
    for (const server of running) await server.close();
    expect(await verifyStore(config(), {})).toMatchObject({ ok: true, capsules: 2 });
  });

  it('[NEO-13] is begun once by processes that come at once, and signed by the key of the one that began it', async () => {
    const open = givenServers().find(({ user }) => user === undefined);
    if (open === undefined) throw new Error('no test server asks for nothing');
    await empty(open);
    // They also make the schema at once.
    for (const name of ['user_id', 'claim_place', 'vector_loss_place', 'passage_place']) {
      await meddle(open, `DROP CONSTRAINT ${name} IF EXISTS`);
    }
    const begin = (name: string) =>
      serve(readConfig({ FORGE_PORT: '0', FORGE_STORE: open.url, FORGE_DATA: join(folder, name), FORGE_TOKEN: 't' }), {
        print: () => undefined,
        log: createLog('silent'),
        handleSignals: false,
      });
    const begun = await Promise.allSettled([begin('one'), begin('two'), begin('three')]);
    for (const one of begun) if (one.status === 'fulfilled') running.push(one.value);
    expect(running).toHaveLength(1);
    for (const one of begun) {
      if (one.status === 'rejected')
        expect(['INVALID_INPUT', 'STORE_CORRUPT']).toContain((one.reason as { code: string }).code);
    }
  });

  it('[NEO-44] over a database whose memory moved away answers readers, names the refusal to writers and leaves its work alone', async () => {
    const dataDir = config().dataDir;
    const here: StoreAddress = { engine: 'neo4j', connection: guarded };
    const there: StoreAddress = { engine: 'sqlite', dataDir: join(folder, 'there') };
    const store = await openStore({ store: here, dataDir, ledgerKey: null });
    const note = aCapsule({ content: 'A numbat eats termites.' });
    await store.commit(commitOf([note], { outbox: [{ id: 'promised', topic: 'unheard', payload: '{}' }] }));
    await store.close();
    await moveStore({ from: here, to: there, dataDir, ledgerKey: null, again: false, onProgress: () => undefined });

    const client = await start();
    await expect(client.createCapsule({ body: { type: 'knowledge', content: 'Too late.' } })).rejects.toMatchObject({
      ...{ code: 'STORE_SEALED', status: 503 },
    });
    expect((await client.getCapsule({ params: { id: note.id } })).body.content).toBe('A numbat eats termites.');
    expect((await client.postSearch({ body: { q: 'numbat' } })).body.items).toHaveLength(1);
    const { status, moved_to, outbox } = (await client.getHealth()).body;
    expect({ status, moved_to, outbox }).toMatchObject({
      ...{ status: 'sealed', moved_to: { engine: 'sqlite', address: null } },
      // It is carried out where the memory is now.
      outbox: { pending: 1, failing: 0 },
    });
    await Promise.all(running.splice(0).map((server) => server.close()));
    const moved = await openStore({ store: there, dataDir, ledgerKey: null });
    expect(await moved.outbox.due(Date.now(), 10)).toMatchObject([{ id: 'promised', attempts: 0 }]);
    await moved.close();
    expect(await verifyStore({ store: here, dataDir }, {})).toMatchObject({ ok: true, findings: [] });
  });
});
