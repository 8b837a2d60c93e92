/**
 * The page a person finds at the root: what this is, how it is doing, and the first commands to try.
 * @module
 */
import type { HealthBody } from '@forge-cascade/api';
import { createHash } from 'node:crypto';
import { pagePolicy } from '../http/secure-headers.js';
import { STYLE } from './landing-style.js';

export const LANDING_POLICY = pagePolicy({
  'style-src': `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  'img-src': "'self'",
});

/** @param baseUrl as the reader's browser reached us. */
export function landingPage(health: HealthBody, baseUrl: string): string {
  const url = escape(baseUrl);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Forge Cascade</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<img src="/favicon.svg" alt="" width="44" height="44">
<div>
<h1>Forge Cascade</h1>
<p>Institutional memory with provable lineage.</p>
</div>
</header>
<p class="lead">Knowledge lives in versioned <strong>capsules</strong>. Each one says what it rests on, how far it can be
trusted, and can be proved to an outsider. Every answer names the capsule versions it was made from.</p>
<section aria-labelledby="state">
<h2 id="state">State</h2>
<dl class="figures">
${figure('Status', health.status === 'ok' ? 'Running' : 'Maintenance', health.status === 'ok' ? 'good' : 'warn')}
${figure('Capsules', count(health.heads))}
${figure('Versions', count(health.capsules))}
${figure('Ledger entries', count(health.ledger_size))}
${figure('Not yet searchable', count(health.search_lag))}
${figure('Work in the queue', count(health.outbox.pending))}
</dl>
</section>
<section aria-labelledby="start">
<h2 id="start">First steps</h2>
<p>The owner's token was printed when the server first started. It is kept in the file <code>token</code> in the data
folder, unless <code>FORGE_TOKEN</code> sets it.</p>
${example(
  'Remember something',
  `export FORGE_TOKEN="$(cat data/token)"
curl -s ${url}/v2/capsules \\
  -H "Authorization: Bearer $FORGE_TOKEN" -H "Content-Type: application/json" \\
  -d '{"type": "decision", "title": "Use PostgreSQL for billing",
       "content": "Billing moves to PostgreSQL for its isolation levels."}'`,
)}
${example(
  'Find it again',
  `curl -s "${url}/v2/capsules/search?q=billing+database" \\
  -H "Authorization: Bearer $FORGE_TOKEN"`,
)}
${example(
  'Ask, and see what the answer rests on',
  `curl -s ${url}/v2/ask \\
  -H "Authorization: Bearer $FORGE_TOKEN" -H "Content-Type: application/json" \\
  -d '{"query": "Why did billing move to PostgreSQL?"}'`,
)}
${example(
  'The same from the command line',
  `npx forge import ./docs
npx forge ask "Why did billing move to PostgreSQL?"`,
)}
</section>
<nav aria-label="More">
<a href="/reference">API reference</a>
<a href="/openapi.json">OpenAPI document</a>
<a href="/v2/system/health">Health</a>
</nav>
<footer>Version ${escape(health.version)}, ${escape(health.engine)} engine</footer>
</main>
</body>
</html>
`;
}

function figure(label: string, value: string, tone = ''): string {
  return `<div${tone ? ` class="${tone}"` : ''}><dt>${label}</dt><dd>${value}</dd></div>`;
}

function example(title: string, command: string): string {
  // Long commands scroll sideways, which must also work from the keyboard.
  return `<h3>${title}</h3>\n<pre tabindex="0" role="region" aria-label="${title}"><code>${command}</code></pre>`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
