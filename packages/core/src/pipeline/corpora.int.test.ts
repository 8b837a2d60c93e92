import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openMemoryStore, type MemoryStore } from '../memory/index.js';
import { asShown } from './answer/marks.js';
import { NOTHING_FOUND } from './answer/nothing-found.js';
import { ask } from './ask.js';
import { askPorts } from './in-process.js';
import { OWNER, remember, request } from './testing/known-memory.js';

/** A folder of documents (`.rst`, `.md`, `.txt`), read recursively. Without it the report says that this was not checked. */
const CORPORA = process.env['FORGE_CORPORA'];
const MOST_DOCUMENTS = 120;
const LONGEST_DOCUMENT = 40_000;
const FORMS = [
  (title: string) => `Why was ${title} chosen, and what replaced it?`,
  (title: string) => `What is ${title}?`,
  (title: string) => `Who decided on ${title}, and when?`,
];

const single = (text: string): string => asShown(text).trim();

function realDocuments(root: string): void {
  let store: MemoryStore;
  const titles: string[] = [];

  beforeAll(async () => {
    store = await openMemoryStore({ ownerId: OWNER.id });
    const names = (await readdir(root, { recursive: true })).filter((name) => /\.(?:rst|md|txt)$/u.test(name)).sort();
    const step = Math.max(1, Math.floor(names.length / MOST_DOCUMENTS));
    for (const name of names.filter((_, index) => index % step === 0).slice(0, MOST_DOCUMENTS)) {
      const content = (await readFile(join(root, name), 'utf8')).replaceAll('\0', '').slice(0, LONGEST_DOCUMENT);
      if (content.trim() === '') continue;
      const title = /^(?:Title:\s*|#\s+)(.+)$/mu.exec(content)?.[1]?.trim().slice(0, 200) ?? name;
      await remember(store, content, { title, key: name });
      titles.push(title);
    }
  });

  it('hold no sentence that is not in a capsule they cite', async () => {
    let answered = 0;
    for (const [index, title] of titles.entries()) {
      const query = (FORMS[index % FORMS.length] as (title: string) => string)(title);
      const { answer, citations } = await ask(askPorts(store), request(), { query });
      if (citations.length === 0) {
        expect(answer).toBe(NOTHING_FOUND);
        continue;
      }
      answered++;
      expect(answer).toBe(citations.map(({ quote }, i) => `${single(quote)} [${i + 1}]`).join('\n'));
      for (const { capsuleId, quote } of citations) expect((await store.capsule(capsuleId))?.content).toContain(quote);
    }
    expect(answered).toBeGreaterThan(titles.length / 3);
  }, 300_000);
}

describe('answers over real documents', () => {
  if (CORPORA !== undefined) realDocuments(CORPORA);
  else it('were not checked: FORGE_CORPORA names no folder', () => expect(CORPORA).toBeUndefined());
});
