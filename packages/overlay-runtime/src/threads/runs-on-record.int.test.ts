import {
  enableOverlay,
  installOverlay,
  openMemoryStore,
  overlayPorts,
  runOverlay,
  type JsonObject,
  type OverlayNetwork,
  type OverlayPorts,
  type RequestContext,
} from '@forge-cascade/core';
import { laidOver } from '@forge-cascade/core/contract';
import { createOverlayRunner } from '@forge-cascade/overlay-runtime';
import binaryen from 'binaryen';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ECHO, moduleText, type GuestText } from './fixtures/guest-text.js';

const PUT = '{"op":"state.put","args":{"key":"k","value":1}}';
const PUBLISH = '{"type":"noise","payload":{}}';
const FETCH = '{"method":"GET","url":"http://inside.example/"}';
const data = (at: number, text: string): string => `(data (i32.const ${at}) ${JSON.stringify(text)})`;
const call = (name: string, at: number, text: string): string =>
  `(call $${name} (i32.const ${at}) (i32.const ${text.length}))`;

const HOSTILE: GuestText = {
  imports: ['db_write', 'event_publish', 'http_request'],
  more: data(16, PUT) + data(128, PUBLISH) + data(256, FETCH),
  handlers: {
    put: call('db_write', 16, PUT),
    put_and_spin: `(drop ${call('db_write', 16, PUT)}) (loop $again (br $again)) (unreachable)`,
    spin: '(loop $again (br $again)) (unreachable)',
    bomb: '(loop $again (drop (memory.grow (i32.const 1))) (br $again)) (unreachable)',
    flood: `(loop $again (drop ${call('event_publish', 128, PUBLISH)}) (br $again)) (unreachable)`,
    inside: call('http_request', 256, FETCH),
    lie: '(i64.or (i64.shl (i64.const 4000000000) (i64.const 32)) (i64.const 1000))',
  },
};
const FRIENDLY: GuestText = { handlers: { echo: ECHO } };

const ctx: RequestContext = {
  principal: { id: 'owner', reviewer: true, trust: 100 },
  correlationId: 'c1',
  causationId: null,
  now: Date.now,
  idempotency: null,
};

let ports: OverlayPorts;
let sent: string[];
beforeEach(async () => {
  sent = [];
  const network: OverlayNetwork = {
    resolve: async () => ['10.0.0.7'],
    send: async ({ address }) => {
      sent.push(address);
      return { status: 200, headers: {}, body: '' };
    },
  };
  ports = overlayPorts({ store: await openMemoryStore(), runner: createOverlayRunner({ spares: 1 }), network });
});
afterEach(() => ports.runner.close());

async function install(id: string, guest: GuestText, more: JsonObject = {}): Promise<void> {
  const manifest = {
    abi: 1,
    id,
    name: id,
    version: '1.0.0',
    capabilities: ['DATABASE_WRITE', 'EVENT_PUBLISH', 'NETWORK_ACCESS'],
    allowed_hosts: ['inside.example'],
    exports: Object.keys(guest.handlers),
    ...more,
  };
  const module = binaryen.parseText(moduleText(guest)).emitBinary();
  await installOverlay(ports, ctx, { manifest, module, trust: 100 });
  await enableOverlay(ports, ctx, id);
}

const run = (overlayId: string, handler: string, signal?: AbortSignal) =>
  runOverlay(ports, ctx, { overlayId, handler, input: { n: 1 }, ...(signal === undefined ? {} : { signal }) });

async function entries(): Promise<readonly string[]> {
  const { items } = await ports.store.entries({ correlationId: 'c1', order: 'oldest', limit: 100, cursor: null });
  return items
    .map(({ envelope }) => envelope.type)
    .filter((type) => !/registered|module_kept|state_changed/.test(type));
}

describe('runs in the sandbox, on record', () => {
  it.each([
    ['spin', 'out_of_fuel'],
    ['bomb', 'out_of_fuel'],
    ['flood', 'host_call_limit'],
    ['lie', 'bad_pointer'],
  ])(
    '[OVL-24] a guest that would %s ends as %s, with its receipt alone, and its neighbour answers',
    async (handler, code) => {
      await install('hostile', HOSTILE, { fuel_budget: { [handler]: 20_000_000 } });
      await install('friendly', FRIENDLY, { capabilities: [], allowed_hosts: [] });
      const [ended, answered] = await Promise.all([run('hostile', handler), run('friendly', 'echo')]);
      expect(ended.fault?.code).toBe(code);
      expect(answered).toMatchObject({ output: { n: 1 }, fault: null });
      expect(await entries()).toEqual(['overlay.executed.v1', 'overlay.executed.v1']);
      expect(await run('hostile', 'put')).toMatchObject({ fault: null, ordinal: 0 });
    },
  );

  it('[OVL-24] a guest that reaches for a private address is refused before anything is sent', async () => {
    await install('hostile', HOSTILE);
    const { output } = await run('hostile', 'inside');
    expect(output).toMatchObject({ error: { code: 'DENIED' } });
    expect(sent).toEqual([]);
  });

  it('[OVL-25] a worker that is killed in the middle of what it writes has written nothing', async () => {
    await install('hostile', HOSTILE, { deadline_ms: 200, fuel_budget: { put_and_spin: 1_000_000_000 } });
    const ended = await run('hostile', 'put_and_spin');
    expect(['deadline', 'out_of_fuel']).toContain(ended.fault?.code);
    expect(await ports.store.overlays.value('hostile', 'k')).toBeNull();
    expect(await entries()).toEqual(['overlay.executed.v1']);
    await run('hostile', 'put');
    expect(await ports.store.overlays.value('hostile', 'k')).toBe(1);
  });

  it('[OVL-25] neither has one whose caller gave up, or whose instance was thrown away, while the host was writing', async () => {
    await install('hostile', HOSTILE);
    let begun = (): void => undefined;
    let proceed = (): void => undefined;
    const reached = (): Promise<void> => new Promise((resolve) => (begun = resolve));
    const { overlays } = ports.store;
    const valueCount = async (id: string): Promise<number> => {
      begun();
      await new Promise<void>((resolve) => (proceed = resolve));
      return overlays.valueCount(id);
    };
    const slow = { ...ports, store: laidOver(ports.store, { overlays: laidOver(overlays, { valueCount }) }) };
    for (const end of ['abort', 'discard'] as const) {
      const giveUp = new AbortController();
      const at = reached();
      const running = runOverlay(slow, ctx, {
        overlayId: 'hostile',
        handler: 'put',
        input: {},
        signal: giveUp.signal,
      });
      await at;
      if (end === 'abort') giveUp.abort();
      else await ports.runner.discard('hostile');
      expect((await running).fault?.code).toBe('cancelled');
      proceed();
      expect(await overlays.value('hostile', 'k')).toBeNull();
    }
    expect(await entries()).toEqual(['overlay.executed.v1', 'overlay.executed.v1']);
    expect(await run('hostile', 'put')).toMatchObject({ fault: null });
  });
});
