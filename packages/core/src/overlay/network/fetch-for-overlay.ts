/**
 * `http_request`: to the manifest's hosts alone, at public addresses alone. Host, port and every address are checked before
 * anything is sent, and again for each redirect; the connection then goes to the address that was checked.
 * @module
 */
import { HostRefusal } from '../host/host-reply.js';
import { AnswerTooLarge, type IncomingAnswer, type OverlayNetwork } from './overlay-network.js';
import { forbiddenKind } from './public-address.js';

export const NETWORK_LIMITS = {
  /** Bytes of an answer's body. */
  answerBytes: 1024 * 1024,
  /** Milliseconds for all of a request, redirects included. */
  timeMs: 10_000,
  redirects: 3,
  headers: 32,
  headerBytes: 8 * 1024,
} as const;

export interface GuestRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const REDIRECTS = [301, 302, 303, 307, 308];
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
/** They belong to the connection, which is the host's. */
const OWN_HEADERS = ['host', 'connection', 'content-length', 'transfer-encoding', 'upgrade', 'expect', 'te', 'trailer'];
/** They were meant for the host that they were sent to. */
const CREDENTIALS = ['authorization', 'cookie', 'x-api-key'];

/**
 * @param allowedHosts the manifest's: `name`, which means port 443, or `name:port`.
 * @throws HostRefusal DENIED (a violation) before anything is sent to where the overlay may not go; INVALID; LIMIT;
 * UNAVAILABLE.
 */
export async function fetchForOverlay(
  network: OverlayNetwork,
  allowedHosts: readonly string[],
  given: GuestRequest,
  signal: AbortSignal | null,
): Promise<IncomingAnswer> {
  const deadline = AbortSignal.timeout(NETWORK_LIMITS.timeMs);
  const ended = signal === null ? deadline : AbortSignal.any([deadline, signal]);
  let request = checked(given);
  let url = addressed(request.url);
  for (let redirects = 0; ; redirects++) {
    const address = await permitted(network, allowedHosts, url, ended);
    const { method, headers, body } = request;
    const answer = await sent(
      network.send({ method, url, address, headers, body, maxBytes: NETWORK_LIMITS.answerBytes, signal: ended }),
      ended,
    );
    const { location } = answer.headers;
    if (!REDIRECTS.includes(answer.status) || location === undefined) return answer;
    if (redirects === NETWORK_LIMITS.redirects) {
      throw new HostRefusal('LIMIT', `The request was redirected more than ${NETWORK_LIMITS.redirects} times.`);
    }
    const next = addressed(location, url);
    if (url.protocol === 'https:' && next.protocol === 'http:') {
      throw new HostRefusal('DENIED', `${url.host} redirected from https to http, where anybody can read along.`);
    }
    request = redirected(request, answer.status, next.origin !== url.origin);
    url = next;
  }
}

/** The address to connect to, once the place and all its addresses were found to be permitted. */
async function permitted(
  network: OverlayNetwork,
  allowedHosts: readonly string[],
  url: URL,
  signal: AbortSignal,
): Promise<string> {
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const place = `${url.hostname}:${port}`;
  if (!allowedHosts.some((host) => (host.includes(':') ? host : `${host}:443`) === place)) {
    throw new HostRefusal('DENIED', `${place} is not among the manifest's allowed_hosts.`, true);
  }
  const addresses =
    forbiddenKind(url.hostname) === 'unreadable'
      ? await sent(network.resolve(url.hostname, signal), signal)
      : [url.hostname];
  for (const address of addresses) {
    const kind = forbiddenKind(address);
    // Which address it was is nothing that a guest should learn of the network it runs in.
    if (kind !== null)
      throw new HostRefusal('DENIED', `${url.hostname} has an address that is not public (${kind}).`, true);
  }
  const [first] = addresses;
  if (first === undefined) throw new HostRefusal('UNAVAILABLE', `${url.hostname} has no address.`);
  return first;
}

async function sent<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const ended = new Promise<never>((_, reject) => {
    stop = () => reject(new HostRefusal('LIMIT', `The request took longer than ${NETWORK_LIMITS.timeMs} ms.`));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, ended]);
  } catch (error) {
    if (error instanceof HostRefusal) throw error;
    if (error instanceof AnswerTooLarge) {
      throw new HostRefusal('LIMIT', `The answer has more than ${NETWORK_LIMITS.answerBytes} bytes.`);
    }
    if (signal.aborted) throw new HostRefusal('LIMIT', `The request took longer than ${NETWORK_LIMITS.timeMs} ms.`);
    throw new HostRefusal('UNAVAILABLE', 'The host could not be reached.');
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function checked(given: GuestRequest): GuestRequest {
  const method = given.method.toUpperCase();
  if (!METHODS.includes(method)) throw new HostRefusal('INVALID', `method must be one of ${METHODS.join(', ')}.`);
  if (given.body !== null && (method === 'GET' || method === 'HEAD')) {
    throw new HostRefusal('INVALID', `A ${method} request has no body.`);
  }
  const headers = Object.entries(given.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const bytes = headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (headers.length > NETWORK_LIMITS.headers || bytes > NETWORK_LIMITS.headerBytes) {
    throw new HostRefusal(
      'LIMIT',
      `headers are limited to ${NETWORK_LIMITS.headers} and ${NETWORK_LIMITS.headerBytes} bytes.`,
    );
  }
  for (const [name, value] of headers) {
    if (OWN_HEADERS.includes(name) || name.startsWith('proxy-')) {
      throw new HostRefusal('INVALID', `The header ${name} is set by the host.`);
    }
    if (!HEADER_NAME.test(name) || !/^[\t\x20-\x7e]*$/.test(value)) {
      throw new HostRefusal('INVALID', 'A header has a name or value that cannot be sent.');
    }
  }
  return { method, url: given.url, headers: Object.fromEntries(headers), body: given.body };
}

function addressed(text: string, base?: URL): URL {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch {
    throw new HostRefusal('INVALID', 'url is not one.');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new HostRefusal('INVALID', 'url must begin with https:// or http://.');
  }
  if (url.username !== '' || url.password !== '') throw new HostRefusal('INVALID', 'url must not hold credentials.');
  return url;
}

/** As browsers do it: what was posted is not posted again elsewhere, but for 307 and 308. */
function redirected(request: GuestRequest, status: number, elsewhere: boolean): GuestRequest {
  const again = status === 307 || status === 308 || request.method === 'GET' || request.method === 'HEAD';
  const dropped = [...(elsewhere ? CREDENTIALS : []), ...(again ? [] : ['content-type'])];
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !dropped.includes(name)));
  return again ? { ...request, headers } : { ...request, method: 'GET', headers, body: null };
}
