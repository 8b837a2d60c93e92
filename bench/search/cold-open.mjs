/** A process that opens the folder, searches once, and tells its parent how long that took and what it now holds. */
import { readFileSync } from 'node:fs';
import { openSqliteStore } from '@forge-cascade/store-sqlite';

const [dataDir, query] = process.argv.slice(2);
const before = memory();
const started = performance.now();
const store = await openSqliteStore({ dataDir });
const openMs = performance.now() - started;
const page = await store.search({ query, filter: {}, limit: 10, cursor: null, explain: false, includeContent: false });
const now = performance.now();
if (page.lag > 0 || page.items.length === 0) throw new Error(`not ready to search: ${page.lag} capsules missing`);
process.send({ openMs, readyMs: now - started, processMs: now, memoryMb: (memory() - before) / 1e6 });
await store.close();
process.disconnect();

/** Bytes of this process that are its own: mapped files, which the system may drop at any time, do not count. */
function memory() {
  if (process.platform !== 'linux') return process.memoryUsage().rss;
  return Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1_024;
}
