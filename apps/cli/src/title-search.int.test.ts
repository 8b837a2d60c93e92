import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from './connect/connection.js';
import type { Connection } from './connect/open-connection.js';
import { resolveReference } from './resolve-reference.js';
import { runCli } from './run-cli.js';

const SECTIONS = 60;
const env = { FORGE_EMBEDDINGS: 'none' };
let folder: string;
let connection: Connection;

/** Long enough to be split; every section says its title’s words more often than the document’s own lead does. */
function manual(title: string, sections: number): string {
  const parts = Array.from(
    { length: sections },
    (_, n) => `## Step ${n + 1}\n\n${`${title}, step ${n + 1}: ${title}. `.repeat(8)}\n`,
  );
  return `# ${title}\n\nHow it is done.\n\n${parts.join('\n')}`;
}

const DOCUMENTS = {
  'statement.md': manual('Form 8: The "with" Statement', SECTIONS),
  'other.md': manual('Form 80: Without', 20),
  'loops.md': manual('Loops', 20),
  'loops-two.md': manual('Loops: Revised', 20),
  'marked.md': '# Guide › Set up\n\nA short page whose title looks like a section.\n',
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-titles-'));
  const documents = join(folder, 'documents');
  await mkdir(documents);
  for (const [name, text] of Object.entries(DOCUMENTS)) await writeFile(join(documents, name), text);
  const dataDir = join(folder, 'data');
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const code = await runCli(['import', documents, '--data', dataDir], {
    env,
    stdin: stdin as never,
    stdout: stdout as never,
    stderr: stderr as never,
  });
  expect(code).toBe(0);
  connection = await connect(
    { url: null, token: null, dataDir, storeDir: dataDir },
    { create: false, backgroundWork: true, env },
  );
});
afterAll(async () => {
  await connection.close();
  await rm(folder, { recursive: true, force: true });
});

const seriesOf = async (key: string) => {
  const { body } = await connection.client.listCapsules({ query: { key, limit: 1 } });
  return body.items[0]?.series_id;
};
const named = (title: string) => resolveReference(connection.client, title);

describe('naming a capsule by title among its sections', () => {
  it('[CLI-9] means the document, though its sections crowd it out of the search', async () => {
    const { body } = await connection.client.postSearch({ body: { q: 'Form 8: The', limit: 20 } });
    expect(body.items.filter(({ capsule }) => capsule.title?.includes(' › ') !== true).length).toBeLessThan(2);
    const statement = await seriesOf('documents/statement.md');
    expect(statement).toBeDefined();
    for (const title of ['Form 8', 'Form 8: The "with" Statement', 'form 8: the  "WITH" statement', 'Form 8: The']) {
      expect(await named(title)).toBe(statement);
    }
    expect(await named('Form 80')).toBe(await seriesOf('documents/other.md'));
  });

  it('[CLI-9] takes a whole title before one that begins so, and a section by its whole title', async () => {
    expect(await named('Loops')).toBe(await seriesOf('documents/loops.md'));
    expect(await named('Loops: Revised › Step 7')).toBe(await seriesOf('documents/loops-two.md#step-7'));
  });

  it('[CLI-9] takes a document whose title holds the mark of sections', async () => {
    const marked = await seriesOf('documents/marked.md');
    expect(await named('Guide › Set up')).toBe(marked);
    expect(await named('Guide')).toBe(marked);
  });

  it('[CLI-9] finds by the beginning of its title what hundreds of others are loud about', async () => {
    const { client } = connection;
    // Loud about both words; the one so called has them in its title alone.
    const loud = Array.from({ length: 400 }, (_, n) => ({
      type: 'knowledge' as const,
      title: `4 notes: note 4 of ${n}`,
      content: `note 4 note 4 ${n}`,
      collection: `notes/${n % 20}`,
      tags: ['4', 'note'],
    }));
    const content = 'Deprecated modules of the library and what stands in for each of them. '.repeat(20);
    const { body } = await client.createCapsule({
      body: { type: 'knowledge', title: 'Note 4: Deprecation of Standard Modules of the Library', content },
    });
    await client.createCapsules({ body: { items: loud } });
    for (const title of ['Note 4: Deprecation of', 'Note 4']) expect(await named(title)).toBe(body.series_id);
  });

  it('[CLI-9] refuses what means several documents or none, and names documents', async () => {
    await expect(named('Form')).rejects.toMatchObject({
      message: 'Several capsules are called Form.',
      hint: expect.stringMatching(/Nearest:\n(?: {2}[0-9a-f-]{36} {2}Form 80?: [^›\n]+\n?){2}$/) as string,
    });
    await expect(named('step with')).rejects.toMatchObject({
      message: 'No capsule is called step with.',
      hint: expect.stringContaining('Form 8: The "with" Statement') as string,
    });
  });

  it('[CLI-9] passes over sections whose document was archived', async () => {
    const loops = (await seriesOf('documents/loops-two.md')) ?? '';
    await connection.client.archiveCapsule({ params: { id: loops } });
    await expect(named('Loops: Revised')).rejects.toThrow('No capsule is called Loops: Revised.');
    await connection.client.unarchiveCapsule({ params: { id: loops } });
    expect(await named('Loops: Revised')).toBe(loops);
  });
});
