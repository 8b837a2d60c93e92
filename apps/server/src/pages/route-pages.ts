import { buildOpenApi } from '@forge-cascade/api';
import type { FastifyInstance, FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { ServerParts } from '../http/server-parts.js';
import { healthOf } from '../system/health.js';
import { FAVICON } from './favicon.js';
import { LANDING_POLICY, landingPage } from './landing-page.js';
import { REFERENCE_PAGE, REFERENCE_POLICY, REFERENCE_START, ViewerScript } from './reference-page.js';

/** Paths beside the operations; all are read with GET and need no token. */
export const PAGES = [
  '/',
  '/favicon.svg',
  '/favicon.ico',
  '/openapi.json',
  '/reference',
  '/reference/viewer.js',
  '/reference/start.js',
] as const;

const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';
/** What changes only with the program. */
const CACHED = 'public, max-age=3600';

export function routePages(app: FastifyInstance, parts: ServerParts): void {
  const openApi = JSON.stringify(buildOpenApi({ version: parts.version }));
  const viewer = new ViewerScript();
  const get = (path: (typeof PAGES)[number], handler: RouteHandlerMethod): void => {
    app.get(path, { config: { open: true } }, handler);
  };

  get('/', async (request, reply) => {
    const page = landingPage(await healthOf(parts), baseUrlOf(request));
    return reply.type(HTML).header('content-security-policy', LANDING_POLICY).send(page);
  });
  for (const path of ['/favicon.svg', '/favicon.ico'] as const) {
    get(path, async (_, reply) => reply.type('image/svg+xml').header('cache-control', CACHED).send(FAVICON));
  }
  get('/openapi.json', async (_, reply) => reply.type('application/json; charset=utf-8').send(openApi));
  get('/reference', async (_, reply) =>
    reply.type(HTML).header('content-security-policy', REFERENCE_POLICY).send(REFERENCE_PAGE),
  );
  get('/reference/start.js', async (_, reply) => reply.type(SCRIPT).send(REFERENCE_START));
  get('/reference/viewer.js', async (request, reply) => {
    reply.type(SCRIPT).header('cache-control', CACHED).header('vary', 'accept-encoding');
    if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(await viewer.plain());
    return reply.header('content-encoding', 'gzip').send(await viewer.compressed());
  });
}

/** The Host header is the client's own word: it is only ever shown back to that client, escaped. */
function baseUrlOf(request: FastifyRequest): string {
  return /^[\w.:[\]-]+$/.test(request.host) ? `${request.protocol}://${request.host}` : 'http://127.0.0.1:8787';
}
