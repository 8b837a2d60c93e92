import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  canonicalEnvelope,
  event,
  leafHash,
  MerkleFrontier,
  parseCheckpoint,
  sealEvent,
  type LedgerEntry,
  type Store,
} from '@forge-cascade/core';
import { openSqliteStore } from '@forge-cascade/store-sqlite';

const ROUNDS = 50;
const WRITER = fileURLToPath(new URL('./fixtures/crash-writer.mjs', import.meta.url));

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'forge-crash-'));
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('kill -9 while eight writers and the outbox are at work', () => {
  it(`[STO-60] loses no acknowledged commit, tears none, and ends every outbox message once, ${ROUNDS} times over`, async () => {
    const dataDir = join(dir, 'data');
    const acknowledged = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      for (const id of await writeAndKill(dataDir, 5 + Math.random() * 250)) acknowledged.add(id);
      // Every few rounds is enough to look: damage stays where it is.
      if (round % 10 !== 9) continue;
      const store = await openSqliteStore({ dataDir });
      try {
        await check(store, acknowledged);
      } finally {
        await store.close();
      }
    }
    expect(acknowledged.size).toBeGreaterThan(ROUNDS);
  });
});

/** Runs the writer, kills it `afterMs` after its first acknowledgement, and returns what it had acknowledged. */
function writeAndKill(dataDir: string, afterMs: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [WRITER, dataDir], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let errors = '';
    let armed = false;
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString('utf8');
      if (armed) return;
      armed = true;
      setTimeout(() => child.kill('SIGKILL'), afterMs);
    });
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      // The last line may be cut: only whole lines were acknowledged to anybody.
      if (signal === 'SIGKILL')
        resolve(
          out
            .slice(0, out.lastIndexOf('\n') + 1)
            .split('\n')
            .filter(Boolean),
        );
      else reject(new Error(`the writer ended by itself (${code}): ${errors}`));
    });
  });
}

async function check(store: Store, acknowledged: ReadonlySet<string>): Promise<void> {
  const entries = await allEntries(store);
  expect(entries.map(({ envelope }) => envelope.seq)).toEqual(entries.map((_, i) => i + 1));
  const frontier = new MerkleFrontier();
  for (const { envelope } of entries) frontier.append(leafHash(canonicalEnvelope(envelope)));
  const checkpoint = parseCheckpoint(await store.checkpoint());
  expect(checkpoint.size).toBe(entries.length);
  expect(Buffer.from(checkpoint.root).toString('hex')).toBe(Buffer.from(frontier.root()).toString('hex'));

  const ids = [...acknowledged];
  for (let i = 0; i < ids.length; i += 500) {
    const wanted = ids.slice(i, i + 500);
    const found = await store.capsules(wanted);
    found.forEach((capsule, n) => {
      expect(capsule?.id).toBe(wanted[n]);
      expect(capsule?.content.startsWith(`content of ${wanted[n]} `)).toBe(true);
    });
  }
  await finishOutbox(store);
  const notified = (await allEntries(store)).filter(({ envelope }) => envelope.type === 'owner.notified.v1');
  const causes = notified.map(({ payload }) => String(payload?.['cause_id']));
  expect(new Set(causes).size).toBe(causes.length);
  const promised = entries.filter(({ envelope, payload }) => {
    return envelope.type === 'capsule.created.v1' && (payload?.['metadata'] as { n: number }).n % 2 === 0;
  });
  expect(causes.length).toBe(promised.length);
  expect(await store.outbox.backlog()).toEqual({ pending: 0, failing: 0 });
}

/** What a server does after a restart. */
async function finishOutbox(store: Store): Promise<void> {
  const { ownerId } = await store.status();
  for (
    let due = await store.outbox.due(Date.now(), 100);
    due.length > 0;
    due = await store.outbox.due(Date.now(), 100)
  ) {
    for (const message of due) {
      const { id } = JSON.parse(message.payload) as { id: string };
      const payload = { owner_id: ownerId, kind: 'tainted', cause_id: id, affected: 1 } as const;
      const notified = event('owner.notified.v1', 'NOTIFY', { type: 'User', id: ownerId }, payload);
      const request = {
        actor: ownerId,
        correlationId: message.id,
        causationId: null,
        expect: [],
        claims: [],
        fence: null,
      };
      await store.commit({ ...request, events: [sealEvent(notified)], outbox: [], completes: message.id });
    }
  }
}

async function allEntries(store: Store): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (let cursor: string | null = null, more = true; more;) {
    const page: { items: readonly LedgerEntry[]; nextCursor: string | null } = await store.entries({
      order: 'oldest',
      limit: 1_000,
      cursor,
    });
    entries.push(...page.items);
    cursor = page.nextCursor;
    more = cursor !== null;
  }
  return entries;
}
