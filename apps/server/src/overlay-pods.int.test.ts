import { openMemoryStore, type OverlayRecord } from '@forge-cascade/core';
import { ScriptedRunner, type Script } from '@forge-cascade/core/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InProcessHub } from './bus/in-process-bus.js';
import { memoryServer, type TestServer } from './fixtures/memory-server.js';

const relay = (...types: string[]): Script => ({
  hear: async (_, host) => {
    for (const type of types) await host.call('event_publish', { type, payload: {} });
    return null;
  },
});
const scripts = { guard: relay('threat'), model: relay('updated', 'logged'), auditor: relay() };

let pods: TestServer[];
beforeEach(async () => {
  const store = await openMemoryStore();
  const hub = new InProcessHub();
  const pod = (name: string) =>
    memoryServer({
      store,
      bus: hub.pod(name),
      overlays: { runner: new ScriptedRunner(scripts, 'scripted/1', `${name}-`) },
    });
  pods = [await pod('one'), await pod('two')];
});
afterEach(() => Promise.all(pods.map(({ app }) => app.close())));

async function install({ ask }: TestServer, id: string, ...types: string[]): Promise<void> {
  const manifest = {
    ...{ abi: 1, id, name: id, version: '1.0.0', exports: ['hear'] },
    capabilities: ['EVENT_PUBLISH', 'EVENT_SUBSCRIBE'],
    subscriptions: types.map((type) => ({ type, handler: 'hear' })),
  };
  await ask('POST', '/v2/overlays', { manifest, module: Buffer.from(id).toString('base64') });
  expect((await ask('POST', `/v2/overlays/${id}/enable`)).status).toBe(200);
}

const run = async ({ ask }: TestServer): Promise<string> => {
  const { body } = await ask('POST', '/v2/overlays/guard/run', { handler: 'hear' });
  return body.correlation_id as string;
};

interface Step {
  readonly target: string;
  readonly type: string;
  readonly cut: string | null;
}

const stepsOf = async ({ ask }: TestServer, id: string): Promise<readonly Step[]> =>
  ((await ask('GET', `/v2/cascades/${id}`)).body.steps ?? []) as readonly Step[];

describe('overlays on two servers over one store', () => {
  it('[CAS-7] cascade once, whichever server was asked, and go on when one of them ends', async () => {
    const [one, two] = pods as [TestServer, TestServer];
    await install(one, 'guard');
    await install(two, 'model', 'threat');
    await install(one, 'auditor', 'updated', 'logged');
    const runs = await Promise.all([one, two, one, two, two].map(run));
    for (const id of runs) {
      await expect.poll(() => stepsOf(two, id), { timeout: 20_000 }).toHaveLength(3);
      const steps = (await stepsOf(one, id)).map(({ target, type, cut }) => [target, type, cut]);
      expect(steps).toEqual([
        ['model', 'threat', null],
        ['auditor', 'updated', null],
        ['auditor', 'logged', null],
      ]);
    }
    const runsOf = async (id: string) => (await one.ask('GET', `/v2/overlays/${id}/metrics`)).body.runs as number;
    expect(await Promise.all(['guard', 'model', 'auditor'].map(runsOf))).toEqual([5, 5, 10]);
    await one.app.close();
    const last = await run(two);
    await expect.poll(() => stepsOf(two, last), { timeout: 20_000 }).toHaveLength(3);
    expect((await two.ask('GET', '/v2/overlays')).body.items.map(({ state }: OverlayRecord) => state)).toEqual([
      'ACTIVE',
      'ACTIVE',
      'ACTIVE',
    ]);
  });

  it('[CAS-7] hear of capsules that were created on the other server', async () => {
    const [one, two] = pods as [TestServer, TestServer];
    await install(one, 'auditor', 'capsule.created');
    // The other server learns of the subscription by the news that the ledger has grown.
    const ids: string[] = [];
    const heard = async (): Promise<readonly string[]> => {
      const made = await two.ask('POST', '/v2/capsules', { type: 'knowledge', content: `News ${ids.length}` });
      ids.push(made.headers['x-correlation-id'] ?? '');
      const steps = await Promise.all(ids.map((id) => stepsOf(two, id)));
      return [...new Set(steps.flat().map(({ target }) => target))];
    };
    await expect.poll(heard, { timeout: 20_000 }).toEqual(['auditor']);
  });
});
