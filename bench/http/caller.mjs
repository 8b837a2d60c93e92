/** A bare HTTP client that keeps its connections, so that little of what is measured is the client's own. */
import { Agent, request } from 'node:http';

/**
 * `call(method, path, body?, headers?)` resolves to `{ status, text, ms }`, `ms` counted until the last byte of the answer.
 * Fails on any status outside 2xx: an error that came quickly is no result.
 */
export function caller(base, token) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const { hostname, port } = new URL(base);
  const call = (method, path, body, more = {}) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        ...more,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      };
      const started = performance.now();
      const sent = request({ agent, hostname, port, method, path, headers }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => {
          const ms = performance.now() - started;
          const answer = Buffer.concat(chunks).toString('utf8');
          const { statusCode: status } = response;
          if (status >= 200 && status < 300) resolve({ status, text: answer, ms });
          else reject(new Error(`${method} ${path} answered ${status}: ${answer.slice(0, 500)}`));
        });
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(text);
    });
  return { call, close: () => agent.destroy() };
}

/** Latencies of `times` calls of `one(i)` made by `width` clients, each of them one after the other. */
export async function callsBy(width, times, one) {
  const samples = [];
  let next = 0;
  const client = async () => {
    while (next < times) samples.push((await one(next++)).ms);
  };
  await Promise.all(Array.from({ length: width }, client));
  return samples;
}
