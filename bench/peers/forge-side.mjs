/** Our side: a data folder with documents and their vectors, asked over HTTP by one client. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { aCapsule } from '@forge-cascade/core/contract';
import { openSqliteStore } from '@forge-cascade/store-sqlite';
import { caller } from '../http/caller.mjs';
import { commitAll, indexed } from '../shared/capsule-requests.mjs';
import { startServer } from '../shared/forge-process.mjs';

const PUT = 500;
const WARM_UP = 20;

/** Stores the documents with the vectors that the model would give them. @returns seconds */
export async function fillFolder(dataDir, { docs, vectors, provider }) {
  const started = performance.now();
  const store = await openSqliteStore({ dataDir });
  try {
    await commitAll(
      store,
      docs.map(({ title, content }, i) =>
        aCapsule({ title, content, collection: `bench/${Math.floor(i / 40)}`, position: i % 40 }),
      ),
    );
    await keepVectors(store.vectors, { docs, vectors, provider });
    await indexed(store);
  } finally {
    await store.close();
  }
  return (performance.now() - started) / 1_000;
}

async function keepVectors(store, { docs, vectors, provider: { model, dimensions } }) {
  await store.begin(model, dimensions);
  for (let at = 0; at < docs.length;) {
    const missing = await store.missing(model, PUT);
    await store.put(
      model,
      missing.map(({ seq, content }, i) => {
        const doc = docs[at + i];
        if (doc?.content !== content) throw new Error('the store gives capsules in another order than they were sent');
        return { seq, passages: [{ start: 0, end: content.length, vector: vectors[at + i] }] };
      }),
    );
    if (missing.length === 0) throw new Error(`${docs.length - at} capsules are not there`);
    at += missing.length;
  }
  await store.serve(model);
}

/**
 * Every question twice, one after the other: at first the server has to embed it, then it remembers its vector.
 * @returns milliseconds by question: `{ embedding, remembered }`
 */
export async function askOverHttp(dataDir, { docs, queries, settings, model }) {
  return withServer(dataDir, settings, async (forge) => {
    await warmUp(forge, docs);
    const embedding = [];
    const remembered = [];
    for (const query of queries) {
      embedding.push(await ask(forge, query, model));
      remembered.push(await ask(forge, query, model));
    }
    return { embedding, remembered };
  });
}

async function ask(forge, query, model) {
  const { ms, text } = await forge.call('GET', `/v2/capsules/search?limit=10&q=${encodeURIComponent(query)}`);
  const { items, lag, semantic } = JSON.parse(text);
  if (items.length !== 10 || lag > 0 || semantic?.model !== model || semantic.lag > 0) {
    throw new Error(`not a whole hybrid answer: ${items.length} hits, ${JSON.stringify({ lag, semantic })}`);
  }
  return ms;
}

async function warmUp(forge, docs) {
  for (const { content } of docs.slice(0, WARM_UP)) {
    await forge.call('GET', `/v2/capsules/search?limit=10&q=${encodeURIComponent(content.slice(0, 60))}`);
  }
}

async function withServer(dataDir, settings, work) {
  const server = await startServer(dataDir, settings);
  const forge = caller(server.url, server.token);
  try {
    return await work(forge);
  } finally {
    forge.close();
    await server.stop();
  }
}

/** In a process of its own: from nothing until the first answer by words and vectors. */
export async function coldOpen(dataDir, { query, vector, model }) {
  const question = join(`${dataDir}.question.json`);
  writeFileSync(question, JSON.stringify({ query, model, values: [...vector] }));
  return new Promise((resolve, reject) => {
    const child = fork(new URL('./cold-open.mjs', import.meta.url), [dataDir, question]);
    child.on('message', resolve);
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`the opening process ended with ${code}`)));
  });
}
