import { describe, expect, it } from 'vitest';
import { fetchForOverlay, NETWORK_LIMITS, type GuestRequest } from './fetch-for-overlay.js';
import { AnswerTooLarge, type IncomingAnswer, type OutgoingRequest, type OverlayNetwork } from './overlay-network.js';
import { forbiddenKind } from './public-address.js';

const PUBLIC = '93.184.216.34';

/** A network that answers as told and remembers what was sent. */
function aNetwork(
  names: Readonly<Record<string, readonly string[]>>,
  answer: (request: OutgoingRequest) => Partial<IncomingAnswer> | Promise<IncomingAnswer> = () => ({}),
) {
  const sent: string[] = [];
  const requests: OutgoingRequest[] = [];
  const network: OverlayNetwork = {
    resolve: async (host) => {
      const found = names[host];
      if (found === undefined) throw new Error('ENOTFOUND');
      return found;
    },
    send: async (request) => {
      sent.push(`${request.method} ${request.url.href} @ ${request.address}`);
      requests.push(request);
      return { status: 200, headers: {}, body: '', ...(await answer(request)) };
    },
  };
  return { network, sent, requests };
}

const get = (url: string, fields: Partial<GuestRequest> = {}): GuestRequest => ({
  method: 'GET',
  url,
  headers: {},
  body: null,
  ...fields,
});

describe('a request of an overlay', () => {
  it('[OVL-16] goes to an allowed host, at the address that was checked', async () => {
    const { network, sent } = aNetwork({ 'api.example.org': [PUBLIC, '2606:2800:220:1::1'] }, () => ({
      body: 'hello',
    }));
    const answer = await fetchForOverlay(network, ['api.example.org'], get('https://API.example.org/a?b=c'), null);
    expect(answer).toEqual({ status: 200, headers: {}, body: 'hello' });
    expect(sent).toEqual([`GET https://api.example.org/a?b=c @ ${PUBLIC}`]);
  });

  it.each([
    ['another host', 'https://example.com/', 'DENIED'],
    ['a subdomain', 'https://a.api.example.org/', 'DENIED'],
    ['another port', 'https://api.example.org:8443/', 'DENIED'],
    ['the port of plain text', 'http://api.example.org/', 'DENIED'],
    ['another scheme', 'file:///etc/passwd', 'INVALID'],
    ['credentials', 'https://me:secret@api.example.org/', 'INVALID'],
    ['no address', 'nonsense', 'INVALID'],
  ])('[OVL-16] does not leave for %s', async (_, url, code) => {
    const { network, sent } = aNetwork({ 'api.example.org': [PUBLIC] });
    await expect(fetchForOverlay(network, ['api.example.org'], get(url), null)).rejects.toMatchObject({ code });
    expect(sent).toEqual([]);
  });

  it.each([
    '10.1.2.3',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '198.18.0.1',
    '192.0.2.1',
    '::1',
    '::',
    'fe80::1',
    'fc00::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::7f00:1',
    '::10.0.0.1',
    '::808:808',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
    'not an address',
  ])('[OVL-16] does not leave for a name that means %s, alone or beside a public one', async (address) => {
    for (const addresses of [[address], [PUBLIC, address]]) {
      const { network, sent } = aNetwork({ inside: addresses });
      await expect(fetchForOverlay(network, ['inside'], get('https://inside/'), null)).rejects.toMatchObject({
        code: 'DENIED',
        violation: true,
      });
      expect(sent).toEqual([]);
    }
    expect(forbiddenKind(PUBLIC)).toBeNull();
  });

  it('[OVL-16] does not leave for a private address, however it is written', async () => {
    for (const url of ['https://127.0.0.1/', 'https://2130706433/', 'https://0x7f.1/', 'https://127.1/']) {
      const { network, sent } = aNetwork({});
      await expect(fetchForOverlay(network, ['127.0.0.1'], get(url), null)).rejects.toMatchObject({ code: 'DENIED' });
      expect(sent).toEqual([]);
    }
  });

  it('[OVL-16] is checked again wherever it is redirected to', async () => {
    const to = (location: string) => (request: OutgoingRequest) =>
      request.url.hostname === 'a' ? { status: 302, headers: { location } } : { status: 200 };
    const names = { a: [PUBLIC], b: [PUBLIC], inside: ['10.0.0.1'] };
    const allowed = aNetwork(names, to('https://b/next'));
    expect(await fetchForOverlay(allowed.network, ['a', 'b'], get('https://a/'), null)).toMatchObject({ status: 200 });
    expect(allowed.sent).toHaveLength(2);
    for (const location of ['https://c/', 'https://inside/', 'http://b/', 'https://10.0.0.1/']) {
      const { network, sent } = aNetwork(names, to(location));
      const hosts = ['a', 'b', 'inside', '10.0.0.1'];
      await expect(fetchForOverlay(network, hosts, get('https://a/'), null)).rejects.toMatchObject({ code: 'DENIED' });
      expect(sent).toHaveLength(1);
    }
  });

  it('[OVL-29] is not redirected from https to http, and leaves credentials behind at another port', async () => {
    const secret = { headers: { Authorization: 'secret' } };
    const down = aNetwork({ a: [PUBLIC] }, () => ({ status: 307, headers: { location: 'http://a/' } }));
    await expect(fetchForOverlay(down.network, ['a', 'a:80'], get('https://a/', secret), null)).rejects.toMatchObject({
      code: 'DENIED',
    });
    expect(down.sent).toHaveLength(1);
    const up = aNetwork({ a: [PUBLIC] }, ({ url }) =>
      url.protocol === 'http:' ? { status: 307, headers: { location: 'https://a/' } } : {},
    );
    await fetchForOverlay(up.network, ['a', 'a:80'], get('http://a/', secret), null);
    expect(up.requests[1]?.headers).not.toHaveProperty('authorization');
  });

  it('[OVL-17] is redirected three times at most, leaves credentials behind and posts nothing twice', async () => {
    const circle = aNetwork({ a: [PUBLIC] }, () => ({ status: 307, headers: { location: '/again' } }));
    await expect(fetchForOverlay(circle.network, ['a'], get('https://a/'), null)).rejects.toMatchObject({
      code: 'LIMIT',
    });
    expect(circle.sent).toHaveLength(4);
    const away = aNetwork({ a: [PUBLIC], b: [PUBLIC] }, ({ url }) =>
      url.hostname === 'a' ? { status: 303, headers: { location: 'https://b/' } } : {},
    );
    const posted = get('https://a/', {
      method: 'post',
      headers: { Authorization: 'secret', 'Content-Type': 'text/plain', Accept: 'x' },
      body: 'text',
    });
    await fetchForOverlay(away.network, ['a', 'b'], posted, null);
    expect(away.requests[0]).toMatchObject({ method: 'POST', body: 'text', headers: { authorization: 'secret' } });
    expect(away.requests[1]).toMatchObject({ method: 'GET', body: null, headers: { accept: 'x' } });
    expect(away.requests[1]?.headers).not.toHaveProperty('authorization');
  });

  it.each([
    ['a header of the connection', { headers: { Host: 'other' } }, 'INVALID'],
    ['a header of a proxy', { headers: { 'Proxy-Authorization': 'x' } }, 'INVALID'],
    ['a header that breaks the line', { headers: { a: 'b\r\nc: d' } }, 'INVALID'],
    ['a header with no proper name', { headers: { 'a b': 'c' } }, 'INVALID'],
    [
      'too many headers',
      { headers: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`h${i}`, 'x'])) },
      'LIMIT',
    ],
    ['an unknown method', { method: 'CONNECT' }, 'INVALID'],
    ['a body where none belongs', { body: 'x' }, 'INVALID'],
  ])('[OVL-17] is refused with %s', async (_, fields, code) => {
    const { network, sent } = aNetwork({ a: [PUBLIC] });
    await expect(fetchForOverlay(network, ['a'], get('https://a/', fields), null)).rejects.toMatchObject({ code });
    expect(sent).toEqual([]);
  });

  it('[OVL-17] says when the answer is too large, when nobody answers, and when it was given up', async () => {
    const large = aNetwork({ a: [PUBLIC] }, ({ maxBytes }) => {
      expect(maxBytes).toBe(NETWORK_LIMITS.answerBytes);
      throw new AnswerTooLarge();
    });
    await expect(fetchForOverlay(large.network, ['a'], get('https://a/'), null)).rejects.toMatchObject({
      code: 'LIMIT',
    });
    const silent = aNetwork({ a: [PUBLIC] }, () => Promise.reject(new Error('ECONNREFUSED 10.0.0.1')));
    await expect(fetchForOverlay(silent.network, ['a'], get('https://a/'), null)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'The host could not be reached.',
    });
    const nowhere = aNetwork({});
    await expect(fetchForOverlay(nowhere.network, ['a'], get('https://a/'), null)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    const given = new AbortController();
    const hanging = aNetwork({ a: [PUBLIC] }, () => {
      given.abort();
      return new Promise(() => undefined);
    });
    await expect(fetchForOverlay(hanging.network, ['a'], get('https://a/'), given.signal)).rejects.toMatchObject({
      code: 'LIMIT',
    });
  });
});
