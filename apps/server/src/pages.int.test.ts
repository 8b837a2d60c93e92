import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryServer, type TestServer } from './fixtures/memory-server.js';
import { PAGES } from './pages/route-pages.js';

let server: TestServer;
beforeAll(async () => void (server = await memoryServer()));
afterAll(() => server.app.close());

const get = (url: string, headers: Record<string, string> = {}) =>
  server.ask('GET', url, undefined, { authorization: '', ...headers });

describe('the pages', () => {
  it('[API-19] load nothing from elsewhere, and forbid it', async () => {
    for (const url of ['/', '/reference']) {
      const { status, text, headers } = await get(url);
      expect(status).toBe(200);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      const policy = headers['content-security-policy'] ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
      expect(policy).not.toMatch(/script-src[^;]*unsafe-inline/);
      const links = [...text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link = '']) => link);
      expect(links.length).toBeGreaterThan(0);
      for (const link of links) expect((await get(link)).status, link).toBe(200);
    }
  });

  it('shows the state without saying who or where', async () => {
    const { ownerId } = await server.store.status();
    await server.ask('POST', '/v2/capsules', { type: 'code', content: 'Private words.' });
    const { text } = await get('/');
    expect(text).toContain('<dd>Running</dd>');
    expect(text).toMatch(/<dt>Capsules<\/dt><dd>1<\/dd>/);
    for (const secret of [ownerId, 'Private', 'test-token']) expect(text).not.toContain(secret);
  });

  it('shows the address it was reached at, never as markup', async () => {
    expect((await get('/', { host: 'memory.example:99' })).text).toContain(
      'curl -s http://memory.example:99/v2/capsules',
    );
    const { text } = await get('/', { host: '"><script>alert(1)</script>' });
    expect(text).not.toContain('<script');
  });

  it('allows its own style by hash alone', async () => {
    const { headers, text } = await get('/');
    expect(headers['content-security-policy']).toMatch(/style-src 'sha256-[\w+/]+=*'/);
    expect(text).not.toMatch(/\sstyle="/);
  });

  it('serves the viewer’s script from here, compressed where that is understood', async () => {
    const plain = await server.app.inject({ url: '/reference/viewer.js' });
    const small = await server.app.inject({ url: '/reference/viewer.js', headers: { 'accept-encoding': 'gzip, br' } });
    expect(plain.body).toContain('createApiReference');
    expect(small.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(small.rawPayload).equals(plain.rawPayload)).toBe(true);
    expect(small.rawPayload.length).toBeLessThan(plain.rawPayload.length / 2);
  });

  it('sends headers that keep browsers from doing more', async () => {
    for (const url of [...PAGES, '/v2/system/health', '/none']) {
      expect((await get(url)).headers, url).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
      });
    }
    expect((await get('/v2/system/health')).headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
  });

  it('gives the document that describes the routes', async () => {
    const { body } = await get('/openapi.json');
    expect(body).toMatchObject({ openapi: '3.1.1', info: { title: 'Forge Cascade', version: '0.1.0' } });
  });
});
