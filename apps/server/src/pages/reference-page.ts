/**
 * The API reference. Its script is served from here and its policy lets nothing else be loaded, so it works offline
 * and tells nobody anything.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { pagePolicy } from '../http/secure-headers.js';

export const REFERENCE_POLICY = pagePolicy({
  'script-src': "'self'",
  // The viewer writes style elements of its own.
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
  'font-src': "'none'",
  'connect-src': "'self'",
  'worker-src': 'blob:',
});

export const REFERENCE_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Forge Cascade API</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
</head>
<body>
<noscript>This reference needs JavaScript. The same as a document: <a href="/openapi.json">/openapi.json</a>.</noscript>
<div id="reference"></div>
<script src="/reference/viewer.js"></script>
<script src="/reference/start.js"></script>
</body>
</html>
`;

/** Everything that would reach for another host is off. */
export const REFERENCE_START = `Scalar.createApiReference('#reference', ${JSON.stringify({
  url: '/openapi.json',
  proxyUrl: '',
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: 'never',
  persistAuth: false,
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
  hiddenClients: { http: true, clojure: true, objc: true, ocaml: true, r: true, swift: true },
  authentication: { preferredSecurityScheme: 'token' },
})});\n`;

/** The viewer's script, compressed once: it is some megabytes. */
export class ViewerScript {
  #compressed: Promise<Buffer> | null = null;

  compressed(): Promise<Buffer> {
    this.#compressed ??= this.plain().then((script) => promisify(gzip)(script));
    return this.#compressed;
  }

  plain(): Promise<Buffer> {
    const entry = import.meta.resolve('@scalar/fastify-api-reference');
    return readFile(fileURLToPath(new URL('./js/standalone.js', entry)));
  }
}
