import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aCapsule, commitOf } from '@forge-cascade/core/contract';
import { openSqliteStore } from '@forge-cascade/store-sqlite';
import { empty, filled, givenServers, guardedServer, meddle } from '@forge-cascade/store-neo4j/testing';
import { GivenCli, stopped, type CliResult } from '../apps/cli/src/given-cli.js';
import { startNeo4j } from './neo4j-server.mjs';

const open = givenServers().find(({ user }) => user === undefined);
if (open === undefined) throw new Error('no test server asks for nothing');
const server = open;
const guarded = guardedServer();
const store = { FORGE_STORE: server.url };

let cli: GivenCli;
beforeEach(async () => {
  cli = await GivenCli.make();
  await empty(server);
});
afterEach(() => cli.end());

const json = (result: CliResult): Record<string, never> => {
  if (result.code !== 0) throw new Error(`ended with ${result.code}: ${result.err}`);
  return JSON.parse(result.out) as Record<string, never>;
};
const migrate = (from: string, to: string, ...more: readonly string[]): Promise<CliResult> =>
  cli.run(['store', 'migrate', '--from', from, '--to', to, '--json', ...more]);

/** A memory with this many capsules of two entries' worth of text and a vector each. */
async function memoryOf(dataDir: string, capsules: number): Promise<void> {
  const opened = await openSqliteStore({ dataDir });
  for (let i = 0; i < capsules; i += 100) {
    const batch = Array.from({ length: Math.min(100, capsules - i) }, (_, j) =>
      aCapsule({ title: `Note ${i + j}`, content: `The numbat of note ${i + j} eats termites. `.repeat(20) }),
    );
    await opened.commit(commitOf(batch));
  }
  await opened.vectors.begin('m-1', 64);
  for (let missing = await opened.vectors.missing('m-1', 500); missing.length > 0;) {
    const vectors = missing.map(({ seq }) => {
      const vector = Float32Array.from({ length: 64 }, (_, i) => Math.sin(seq * (i + 1)));
      return { seq, passages: [{ start: 0, end: 10, vector }] };
    });
    await opened.vectors.put('m-1', vectors);
    missing = await opened.vectors.missing('m-1', 500);
  }
  await opened.vectors.serve('m-1');
  await opened.close();
}

describe('forge over Neo4j', () => {
  it('[CLI-15] creates, finds, verifies and checks where FORGE_STORE says, with and without a running server', async () => {
    const run = (...args: readonly string[]) => cli.run([...args, '--json'], { env: store });
    const create = ['capsule', 'create', '--title', 'Journal mode', '--content', 'WAL, as readers never wait.'];
    expect(json(await run(...create))).toMatchObject({ version: '1.0.0' });
    const serving = cli.spawn(['serve'], store);
    try {
      await listening(serving);
      expect(json(await run('capsule', 'create', '--title', 'Beside it', '--content', 'Written by the server.')));
      expect(json(await run('status'))).toMatchObject({ engine: 'neo4j', heads: 2, status: 'ok' });
    } finally {
      await stopped(serving, 'SIGTERM');
    }
    expect(json(await run('search', 'journal mode'))).toMatchObject({
      items: [{ capsule: { title: 'Journal mode' } }],
    });
    expect(json(await run('verify'))).toMatchObject({ ok: true, capsules: 2 });
    const shown = await cli.run(['store', 'check'], { env: store });
    expect(shown.out).toMatch(/constraint capsule_id +ok[\s\S]*Nothing is wrong/);
    await meddle(server, 'DROP CONSTRAINT tile_place');
    await meddle(server, "MATCH (c:Capsule) SET c.content = 'never said'");
    await meddle(server, 'MATCH (s:Series) WITH s LIMIT 1 DELETE s');
    const wrong = await cli.run(['store', 'check'], { env: store });
    expect(wrong.code).toBe(1);
    expect(wrong.out).toMatch(
      /wrong: constraint tile_place, heads, proofs, content-changed, capsule-changed, state-row-missing/,
    );
  });

  it('[CLI-16] moves on after kill -9 in the middle of the ledger and in the middle of the vectors', async () => {
    await memoryOf(cli.data, 3_000);
    const args = ['store', 'migrate', '--from', `sqlite:${cli.data}`, '--to', server.url];
    const killedOnce = async (there: () => Promise<boolean>): Promise<void> => {
      const child = cli.spawn(args);
      const ended = once(child, 'exit');
      while (child.exitCode === null && !(await there()));
      child.kill('SIGKILL');
      await ended;
      expect(child.signalCode).toBe('SIGKILL');
    };
    await killedOnce(async () => (await filled(server)).entries > 0);
    const atFirst = await filled(server);
    expect(atFirst.entries).toBeLessThan(3_001);
    // What has not arrived whole is no memory yet; the one it comes from still is.
    const early = await cli.run(['status'], { env: store });
    expect([early.code, early.err.includes('has not arrived whole')]).toEqual([1, true]);
    json(await cli.run(['capsule', 'create', '--content', 'In between.', '--json']));
    await killedOnce(async () => (await filled(server)).vectors > 0);
    const atSecond = await filled(server);
    expect(atSecond.vectors).toBeLessThan(3_000);
    const report = json(await migrate(`sqlite:${cli.data}`, server.url));
    expect(report).toMatchObject({ capsules: 3_001, to: { engine: 'neo4j' } });
    const { copied } = report as unknown as { copied: { entries: number; vectors: number } };
    expect([copied.entries < 100, copied.vectors > 0, copied.vectors < 3_000]).toEqual([true, true, true]);
    expect(json(await cli.run(['verify', '--json'], { env: store }))).toMatchObject({ ok: true, capsules: 3_001 });
    const sealed = await cli.run(['capsule', 'create', '--content', 'Too late.']);
    expect(sealed.code).toBe(1);
    expect(sealed.err).toContain(`sealed when it moved to neo4j at ${server.url}`);
    expect(json(await cli.run(['status', '--json']))).toMatchObject({
      status: 'sealed',
      moved_to: { engine: 'neo4j' },
    });
  });

  it('[CLI-17] refuses by name what it cannot move from or to, and leaves everything as it was', async () => {
    await memoryOf(cli.data, 5);
    const from = `sqlite:${cli.data}`;
    const refused = async (result: Promise<CliResult>, code: number, ...words: readonly string[]): Promise<void> => {
      const { code: ended, err, out } = await result;
      for (const word of words) expect(err).toContain(word);
      expect([ended, `${err}${out}`.includes('Zanzibar-7f3a')]).toEqual([code, false]);
    };
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    silent.close();
    await refused(migrate(from, `bolt://127.0.0.1:${port}`), 1, 'cannot be reached');
    await refused(migrate(from, guarded.url.replace('://', '://neo4j:Zanzibar-7f3a@')), 1, 'refused user or password');
    await refused(migrate(from, 'postgres://ann:Zanzibar-7f3a@db'), 2, '--to must be sqlite:DIR');
    await refused(migrate(from, from), 1, 'is the one to move from');
    await refused(migrate(`sqlite:${cli.path('nowhere')}`, server.url), 1, 'There is no store at');
    await refused(migrate(server.url, `sqlite:${cli.path('new')}`), 1, 'There is no store at');
    const other = cli.path('other');
    await memoryOf(other, 2);
    await refused(migrate(from, `sqlite:${other}`), 1, 'not empty', 'with 3 entries');
    expect(json(await cli.run(['store', 'check', '--data', other, '--json']))).toMatchObject({ ok: true });
    // Opening it with overlays would install them.
    const status = json(await cli.run(['status', '--json'], { env: { FORGE_OVERLAYS: 'off' } }));
    expect(status).toMatchObject({ status: 'ok', moved_to: null, ledger_size: 6 });
  });

  it('[CLI-17] refuses a source that is not what its ledger says, before anything is copied', async () => {
    json(await cli.run(['capsule', 'create', '--content', 'As it was.', '--json'], { env: store }));
    await meddle(server, "MATCH (c:Capsule) SET c.content = 'as it never was'");
    const { code, err } = await migrate(server.url, `sqlite:${cli.path('new')}`);
    expect([code, err.includes('content-changed')]).toEqual([1, true]);
    await meddle(server, "MATCH (c:Capsule) SET c.content = 'As it was.'");
    expect(json(await migrate(server.url, `sqlite:${cli.path('new')}`))).toMatchObject({ capsules: 1 });
  });
});

describe('a Neo4j that takes no writes', () => {
  let readOnly: Awaited<ReturnType<typeof startNeo4j>>;
  beforeAll(
    async () => void (readOnly = await startNeo4j(process.env['FORGE_TEST_JAVA'] ?? 'java', { readOnly: true })),
  );
  afterAll(() => readOnly.remove());

  it('[CLI-17] is refused by name, and the source stays open to writers', async () => {
    await memoryOf(cli.data, 1);
    const { code, err } = await migrate(`sqlite:${cli.data}`, readOnly.url);
    expect([code, err.includes('The Neo4j database is read-only.')]).toEqual([1, true]);
    json(await cli.run(['capsule', 'create', '--content', 'Still here.', '--json']));
    const opened = await cli.run(['status'], { env: { FORGE_STORE: readOnly.url } });
    expect([opened.code, opened.err.includes('The Neo4j database is read-only.')]).toEqual([1, true]);
  });
});

/** Waits until a server says that it listens. @throws when it ends before. */
function listening(child: ChildProcess): Promise<void> {
  return new Promise((found, missed) => {
    child.stdout?.on('data', (chunk: Buffer) => chunk.toString().includes('listening') && found());
    child.on('close', () => missed(new Error('the server ended')));
  });
}
