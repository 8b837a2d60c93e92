import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClient, type Client } from '@forge-cascade/api';
import { generateLedgerKey } from '@forge-cascade/core';
import { verifyNeo4jStore } from '@forge-cascade/store-neo4j';
import { startNeo4j, type Neo4jServer } from './neo4j-server.mjs';

const PROGRAM = fileURLToPath(new URL('./fixtures/neo4j-pod.mjs', import.meta.url));
const TOKEN = 'token-of-the-pods';
const ORIGIN = 'forge-cascade.local/pods';
const KEY = generateLedgerKey(ORIGIN);
const LEASE_MS = 3_000;
const HOUR_MS = 3_600_000;
const PATIENCE = { timeout: 60_000, interval: 100 };

interface Pod {
  readonly client: Client;
  readonly child: ChildProcess;
}

let neo4j: Neo4jServer;
const started: ChildProcess[] = [];
beforeAll(async () => void (neo4j = await startNeo4j(process.env['FORGE_TEST_JAVA'] ?? 'java')));
afterAll(async () => {
  for (const child of started) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await neo4j.remove();
});

async function startPod(skewMs: number): Promise<Pod> {
  const own = { POD_NEO4J: neo4j.url, POD_TOKEN: TOKEN, POD_KEY: KEY.privateKey, POD_ORIGIN: ORIGIN };
  const env = { ...process.env, ...own, POD_SKEW_MS: String(skewMs), POD_LEASE_MS: String(LEASE_MS) };
  const child = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  while (!/listening on (\S+)/.test(output)) {
    if (child.exitCode !== null) throw new Error(`the pod ended:\n${output}`);
    await new Promise((settle) => setTimeout(settle, 50));
  }
  const baseUrl = /listening on (\S+)/.exec(output)?.[1] ?? '';
  return { client: createClient({ baseUrl, token: TOKEN }), child };
}

async function end({ child }: Pod, signal: NodeJS.Signals): Promise<number | null> {
  child.kill(signal);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

const backlog = async ({ client }: Pod): Promise<readonly number[]> => {
  const { outbox, embeddings } = (await client.getHealth({})).body;
  return [outbox.pending, embeddings?.lag ?? -1];
};

const insights = async ({ client }: Pod): Promise<number> =>
  (await client.listCapsules({ query: { type: ['insight'], limit: 500 } })).body.items.length;

/** Asks for answers that are kept as capsules: work that shows how often it was done. */
async function askAll({ client }: Pod, count: number): Promise<void> {
  const body = { query: 'Why was the blue ledger chosen?', save_as_capsule: true };
  const answers = await Promise.all(Array.from({ length: count }, () => client.ask({ body })));
  // Without a citation there would be nothing to keep.
  for (const answer of answers) expect(answer.body.citations.length).toBeGreaterThan(0);
}

it('[POD-10] a pod that was killed while it held the leases is succeeded, with clocks two hours apart, and nothing is done twice', async () => {
  const slow = await startPod(-HOUR_MS);
  const fast = await startPod(HOUR_MS);
  await slow.client.createCapsule({
    body: { type: 'knowledge', content: 'The blue ledger was chosen because its ink survives water.' },
  });
  await askAll(slow, 3);
  await expect.poll(() => backlog(slow), PATIENCE).toEqual([0, 0]);
  // It holds both leases now, and dies with work in hand.
  await askAll(slow, 8);
  await end(slow, 'SIGKILL');
  await expect.poll(() => backlog(fast), PATIENCE).toEqual([0, 0]);
  expect(await insights(fast)).toBe(11);

  // One that shuts down leaves at once, and what it promised is done by the next.
  const next = await startPod(-HOUR_MS);
  await askAll(fast, 4);
  expect(await end(fast, 'SIGTERM')).toBe(0);
  await expect.poll(() => backlog(next), PATIENCE).toEqual([0, 0]);
  expect(await insights(next)).toBe(15);
  expect(await end(next, 'SIGTERM')).toBe(0);
  const report = await verifyNeo4jStore({ url: neo4j.url }, { verifierKeys: [KEY.verifierKey] });
  expect(report).toMatchObject({ ok: true, findings: [], capsules: 16 });
}, 240_000);
