/**
 * The network that overlays' requests leave through. The core has checked the address; the connection goes to that address
 * and to no other, whatever the name means by now, while certificate and Host header are those of the name.
 * @module
 */
import { AnswerTooLarge, type IncomingAnswer, type OutgoingRequest, type OverlayNetwork } from '@forge-cascade/core';
import { lookup } from 'node:dns/promises';
import { request as plain, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as secure } from 'node:https';
import type { LookupFunction } from 'node:net';

export interface OverlayNetworkOptions {
  /** Certificates of authorities to believe beside the usual ones, in PEM. */
  readonly ca?: string;
}

export function overlayNetwork(options: OverlayNetworkOptions = {}): OverlayNetwork {
  return {
    resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    send: (request) => send(request, options),
  };
}

function send(request: OutgoingRequest, { ca }: OverlayNetworkOptions): Promise<IncomingAnswer> {
  const { method, url, address, headers, body, maxBytes, signal } = request;
  const options: RequestOptions & { ca?: string } = {
    method,
    signal,
    lookup: pinned(address),
    // A connection kept from before would have been made to another address.
    agent: false,
    headers: {
      ...headers,
      'accept-encoding': 'identity',
      ...(body === null ? {} : { 'content-length': Buffer.byteLength(body) }),
    },
    ...(ca === undefined ? {} : { ca }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = (url.protocol === 'https:' ? secure : plain)(url, options, (incoming) => {
      read(incoming, maxBytes).then(resolve, (error: unknown) => {
        outgoing.destroy();
        reject(error as Error);
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body ?? undefined);
  });
}

/** Answers every name with the one address; whoever asks for all gets that one. */
function pinned(address: string): LookupFunction {
  const family = address.includes(':') ? 6 : 4;
  return (_host, { all }, done) => {
    if (all === true) done(null, [{ address, family }]);
    else done(null, address, family);
  };
}

async function read(incoming: IncomingMessage, maxBytes: number): Promise<IncomingAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new AnswerTooLarge();
    chunks.push(chunk);
  }
  const headers = Object.entries(incoming.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
  );
  return {
    status: incoming.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks).toString('utf8'),
  };
}
