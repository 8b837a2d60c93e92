/** A process that opens the folder, searches once by words and a vector, and tells its parent how long that took. */
import { readFileSync } from 'node:fs';
import { openSqliteStore } from '@forge-cascade/store-sqlite';

const [dataDir, question] = process.argv.slice(2);
const { query, model, values } = JSON.parse(readFileSync(question, 'utf8'));
const vector = { model, values: Float32Array.from(values) };
const started = performance.now();
const store = await openSqliteStore({ dataDir });
const openMs = performance.now() - started;
const request = { query, vector, filter: {}, limit: 10, cursor: null, explain: false, includeContent: false };
const page = await store.search(request);
const now = performance.now();
if (page.lag > 0 || page.semantic?.lag !== 0 || page.items.length === 0) {
  throw new Error(`not ready to search: ${JSON.stringify({ lag: page.lag, semantic: page.semantic })}`);
}
process.send({ openMs, readyMs: now - started, processMs: now });
await store.close();
process.disconnect();
