import { AnswerTooLarge } from '@forge-cascade/core';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { overlayNetwork } from './network.js';

let server: Server;
afterEach(() => new Promise((done) => server.close(done)));

async function served(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

function request(url: string, fields: object = {}) {
  const signal = AbortSignal.timeout(10_000);
  return {
    method: 'GET',
    url: new URL(url),
    address: '127.0.0.1',
    headers: {},
    body: null,
    maxBytes: 1_000,
    signal,
    ...fields,
  };
}

describe('the network of overlays', () => {
  it('[OVL-18] connects to the address that was checked, under the name that was asked for', async () => {
    const port = await served((incoming, response) => {
      let body = '';
      incoming.on('data', (chunk) => (body += String(chunk)));
      incoming.on('end', () => {
        response.setHeader('X-Test', 'yes');
        response.writeHead(201).end(`${incoming.method} ${incoming.headers.host} ${incoming.url} ${body}`);
      });
    });
    // No resolver knows this name.
    const posted = request(`http://pinned.invalid:${port}/a?b`, { method: 'POST', body: 'text' });
    const answer = await overlayNetwork().send(posted);
    expect(answer).toMatchObject({ status: 201, headers: { 'x-test': 'yes' } });
    expect(answer.body).toBe(`POST pinned.invalid:${port} /a?b text`);
  });

  it('[OVL-18] follows no redirect by itself', async () => {
    const port = await served((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end());
    const answer = await overlayNetwork().send(request(`http://pinned.invalid:${port}/`));
    expect(answer).toMatchObject({ status: 302, headers: { location: 'http://127.0.0.1:1/' } });
  });

  it('[OVL-18] breaks off an answer that is too large, and one that is given up', async () => {
    const port = await served((incoming, response) => {
      if (incoming.url === '/large') response.end('x'.repeat(2_000));
      else response.write('never ends');
    });
    await expect(overlayNetwork().send(request(`http://pinned.invalid:${port}/large`))).rejects.toThrow(AnswerTooLarge);
    const given = new AbortController();
    const hanging = overlayNetwork().send(request(`http://pinned.invalid:${port}/slow`, { signal: given.signal }));
    given.abort();
    await expect(hanging).rejects.toThrow();
  });

  it('[OVL-18] gives all addresses of a name', async () => {
    await served((_, response) => response.end());
    const addresses = await overlayNetwork().resolve('localhost', AbortSignal.timeout(1_000));
    expect(addresses.some((address) => ['127.0.0.1', '::1'].includes(address))).toBe(true);
    await expect(overlayNetwork().resolve('pinned.invalid', AbortSignal.timeout(1_000))).rejects.toThrow();
  });
});
