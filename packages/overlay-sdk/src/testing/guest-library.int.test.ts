import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildOverlay, readBuilt } from '../build/build-overlay.js';
import { MemoryHost, refusal, type HostReply } from './host-answers.js';
import { OverlayInstance } from './overlay-instance.js';

describe('the guest library', () => {
  let folder: string;
  let built: Awaited<ReturnType<typeof readBuilt>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'every-call-'));
    await cp(fileURLToPath(new URL('fixtures/every-call', import.meta.url)), folder, { recursive: true });
    built = await readBuilt((await buildOverlay(folder)).folder);
  });

  afterAll(async () => rm(folder, { recursive: true }));

  const open = (host = new MemoryHost({ config: built.manifest.config ?? {} })) =>
    new OverlayInstance(built.wasm, built.manifest, host.answer);

  it('[SDK-1] writes every JSON value as it was read', () => {
    const overlay = open();
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.boolean(), (value, spaced) => {
        const text = JSON.stringify(value, null, spaced ? 2 : 0);
        expect(JSON.parse(overlay.runText('echo', text))).toEqual(JSON.parse(text));
      }),
      { numRuns: 500, seed: 6 },
    );
  });

  it('[SDK-1] reads every number as JavaScript does', () => {
    const overlay = open();
    const bits = fc.tuple(fc.integer({ min: 0, max: 0xffff_ffff }), fc.integer({ min: 0, max: 0xffff_ffff }));
    const digits = fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 19n - 1n }), fc.integer({ min: -345, max: 280 }));
    const number = ([high, low]: readonly [number, number]) => {
      const view = new DataView(new ArrayBuffer(8));
      view.setUint32(0, high);
      view.setUint32(4, low);
      return view.getFloat64(0);
    };
    fc.assert(
      fc.property(bits, digits, (given, [mantissa, exponent]) => {
        const value = number(given);
        const texts = [JSON.stringify(value), `${mantissa}e${exponent}`];
        for (const text of texts) expect(JSON.parse(overlay.runText('echo', text))).toEqual(JSON.parse(text));
      }),
      { numRuns: 500, seed: 6 },
    );
  });

  it('[SDK-1] reads escapes, numbers at their limits, and 64 levels', () => {
    const overlay = open();
    for (const text of [
      String.raw`"\"\\\/\b\f\n\r\té😀"`,
      '[0, -0.5, 1e3, 1E-2, 12345678901234567890, 9007199254740991, 0.1, 5e-324, 1.7976931348623157e308]',
      ' \t\r\n{ "a" : [ ] , "" : { } } ',
      '['.repeat(64) + ']'.repeat(64),
    ]) {
      expect(JSON.parse(overlay.runText('echo', text))).toEqual(JSON.parse(text));
    }
  });

  it.each([
    ['', 'it ends early at byte 0'],
    ['nul', 'an unknown word at byte 0'],
    ['[1,]', 'an unknown sign at byte 3'],
    ['[1 2]', 'a comma is missing at byte 3'],
    ['{"a" 1}', 'a field without a colon at byte 5'],
    ['{a:1}', 'a field without a name at byte 1'],
    ['01', 'a number that begins with 0'],
    ['1.', 'an unknown sign at byte 2'],
    ['+1', 'an unknown sign at byte 0'],
    ['1e999', 'a number out of range'],
    ['"a', 'a string without end'],
    ['"\u0001"', 'a control character in a string at byte 1'],
    [String.raw`"\x"`, 'an unknown escape'],
    [String.raw`"\u12g4"`, 'an escape that is no number'],
    [String.raw`"\ud800"`, 'half a surrogate pair'],
    ['1 1', 'text after the value at byte 2'],
    ['['.repeat(65), 'nested too deeply at byte 64'],
  ])('[SDK-1] refuses %j', (text, fault) => {
    const overlay = open();
    expect(() => overlay.runText('echo', text)).toThrow();
    expect(overlay.logs.at(-1)?.text).toContain(fault);
  });

  it('[SDK-5] keeps its globals and its size, however often it is called', () => {
    const overlay = open();
    for (let i = 0; i < 20; i++) overlay.run('count', {});
    const { pages } = overlay;
    for (let i = 0; i < 200; i++) overlay.run('count', {});
    expect(overlay.run('count', {})).toEqual({ counted: 221, last: 'word 999' });
    expect(overlay.pages).toBe(pages);
  });

  it('[SDK-6] says in the log what failed and where', () => {
    const overlay = open();
    expect(() => overlay.run('fall', {})).toThrow();
    expect(overlay.logs).toEqual([
      { level: 'error', text: expect.stringMatching(/^counting went wrong at assembly\/index\.ts:\d+:\d+$/) },
    ]);
  });

  it('[SDK-7] makes every host call as the ABI says', () => {
    const host = new MemoryHost({
      config: built.manifest.config ?? {},
      operations: {
        'capsule.get': ({ id }) => ({ id, title: 'One' }),
        'capsule.create': () => ({ id: 'c2' }),
      },
      http: ({ url }) => ({ status: 200, headers: {}, body: `page of ${String(url)}` }),
    });
    const overlay = open(host);
    const result = overlay.run('calls', {}) as { readonly replies: readonly unknown[] };
    expect(result).toMatchObject({ greeting: 'hello', limit: 3, loud: true, page: 'page of https://example.org/b' });
    expect(result.replies[0]).toEqual({ id: 'c1', title: 'One' });
    expect(result.replies[1]).toEqual({ code: 'NOT_FOUND', message: 'the test answers no capsule.search' });
    expect(result.replies[6]).toEqual({ n: 7 });
    expect(overlay.logs.map(({ level, text }) => `${level} ${text}`)).toEqual([
      'debug one',
      'info two',
      'warn three',
      'error four',
    ]);
    expect(host.events).toEqual([{ type: 'found_something', payload: { n: 1 } }]);
    expect(host.subscriptions).toEqual([{ type: 'news', handler: 'on_news' }]);
    expect(overlay.calls.map(({ name, request }) => [name, request])).toEqual([
      ['event_subscribe', { type: 'news', handler: 'on_news' }],
      ['get_config', { key: 'greeting' }],
      ['get_config', { key: 'limit' }],
      ['get_config', { key: 'loud' }],
      ['db_read', { op: 'capsule.get', args: { id: 'c1' } }],
      [
        'db_read',
        {
          op: 'capsule.search',
          args: { query: 'rate limits', limit: 5, min_trust: 60, tag: 'decision', collection: 'docs' },
        },
      ],
      ['db_read', { op: 'capsule.lineage', args: { id: 'c1', direction: 'ancestors', depth: 2 } }],
      ['db_read', { op: 'capsule.lineage', args: { id: 'c1', direction: 'descendants' } }],
      ['db_read', { op: 'capsule.similar', args: { id: 'c1', limit: 4 } }],
      ['db_write', { op: 'state.put', args: { key: 'n', value: { n: 7 } } }],
      ['db_read', { op: 'state.get', args: { key: 'n' } }],
      [
        'db_write',
        {
          op: 'capsule.create',
          args: {
            type: 'insight',
            content: 'What was found',
            title: 'Found',
            tags: ['a', 'b'],
            metadata: { score: 3 },
            derived_from: [{ id: 'c1', relation: 'summary' }],
          },
        },
      ],
      ['db_write', { op: 'capsule.version', args: { id: 'c1', content: 'Newer', if_head: 'c1' } }],
      ['db_write', { op: 'capsule.signal', args: { id: 'c1', signal: 'confirmed', evidence: { seen: true } } }],
      ['db_write', { op: 'proposal.draft', args: { proposal: { title: 'Rules' } } }],
      ['event_publish', { type: 'found_something', payload: { n: 1 } }],
      [
        'http_request',
        { method: 'POST', url: 'https://example.org/a', headers: { accept: 'text/plain' }, body: 'body' },
      ],
      ['http_request', { method: 'GET', url: 'https://example.org/b' }],
    ]);
  });

  it('[SDK-7] reads what a subscription is given, and what the host refuses', () => {
    const event = {
      type: 'news',
      payload: { n: 1 },
      source: 'engine',
      correlation_id: 'x',
      causation_id: 'r',
      hops: 2,
    };
    const refusing = (): HostReply => refusal('DENIED', 'not granted');
    const overlay = new OverlayInstance(built.wasm, built.manifest, refusing);
    expect(overlay.run('on_news', event)).toEqual(event);
    expect(overlay.run('calls', {})).toMatchObject({
      greeting: '',
      replies: expect.arrayContaining([{ code: 'DENIED', message: 'not granted' }]),
    });
    expect(overlay.run('health_check', {})).toEqual({ healthy: true });
  });
});
