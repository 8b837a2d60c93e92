import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discover, MAX_FILE_BYTES } from './discover.js';
import { readDocuments } from './read-documents.js';

let root: string;
beforeEach(async () => {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'forge-import-')));
  root = join(parent, 'root');
  await mkdir(root);
  await chmod(parent, 0o755);
});
afterEach(() => rm(join(root, '..'), { recursive: true, force: true }));

async function read(path = root) {
  const { documents, problems } = await readDocuments(await discover(path));
  return {
    paths: documents.map((document) => document.path),
    problems: problems.map((problem) => `${problem.path}: ${problem.reason}`).sort(),
  };
}

describe('reading a folder', () => {
  it('[IMP-12] finds every format below it, in the order of paths, and passes over hidden files', async () => {
    for (const folder of ['b', '.git', 'b/node']) await mkdir(join(root, folder));
    for (const file of ['z.md', 'b/a.RST', 'b/node/c.txt', 'd.markdown', '.hidden.md', '.git/x.md', 'image.png']) {
      await writeFile(join(root, file), 'Text.');
    }
    await writeFile(join(root, 'l.jsonl'), '{"content":"x"}\n');
    expect(await read()).toEqual({ paths: ['b/a.RST', 'b/node/c.txt', 'd.markdown', 'l.jsonl', 'z.md'], problems: [] });
    expect((await discover(root)).ignored).toBe(1);
  });

  it('[IMP-12] takes a single file, and an empty folder for nothing', async () => {
    expect(await read()).toEqual({ paths: [], problems: [] });
    await writeFile(join(root, 'a.md'), 'Text.');
    await writeFile(join(root, 'b.md'), 'Text.');
    expect((await read(join(root, 'a.md'))).paths).toEqual(['a.md']);
  });

  it('[IMP-11] reports broken UTF-8, NUL and a 10 MB line, and imports the rest', async () => {
    await writeFile(join(root, 'broken.md'), Buffer.from([0x23, 0x20, 0xc3, 0x28]));
    await writeFile(join(root, 'nul.txt'), 'a\0b');
    await writeFile(join(root, 'line.md'), 'x'.repeat(10 * 1024 * 1024));
    await writeFile(join(root, 'fine.md'), 'Fine.');
    const { paths, problems } = await read();
    expect(paths).toEqual(['fine.md']);
    expect(problems).toEqual([
      'broken.md: not valid UTF-8',
      expect.stringMatching(/^line\.md: line 1 is longer than/) as string,
      'nul.txt: contains a NUL character (line 1)',
    ]);
  });

  it('[IMP-12] does not read what is too large', async () => {
    await writeFile(join(root, 'huge.md'), '');
    await truncate(join(root, 'huge.md'), MAX_FILE_BYTES + 1);
    expect(await read()).toEqual({ paths: [], problems: ['huge.md: larger than 20 MB'] });
  });

  it('[IMP-12] follows no link: not out, not round, not nowhere; what one names inside is read once', async () => {
    await writeFile(join(root, '..', 'secret.md'), 'Secret.');
    await mkdir(join(root, 'a'));
    await writeFile(join(root, 'a', 'one.md'), 'One.');
    await symlink(join(root, '..', 'secret.md'), join(root, 'out.md'));
    await symlink('..', join(root, 'outside'));
    await symlink('..', join(root, 'a', 'up'));
    await symlink('loop.md', join(root, 'loop.md'));
    await symlink('gone.md', join(root, 'dead.md'));
    await symlink(join('a', 'one.md'), join(root, 'again.md'));
    expect(await read()).toEqual({
      paths: ['a/one.md'],
      problems: [
        'a/up: symbolic link to a folder that contains it',
        'dead.md: symbolic link that leads nowhere',
        'loop.md: symbolic link that leads back to itself',
        'out.md: symbolic link that leads outside the folder',
        'outside: symbolic link that leads outside the folder',
      ],
    });
  });

  it('[IMP-12] waits for no pipe and no socket', async () => {
    await promisify(execFile)('mkfifo', [join(root, 'pipe.md')]);
    const server = createServer().listen(join(root, 'socket.md'));
    await once(server, 'listening');
    try {
      expect(await read()).toEqual({
        paths: [],
        problems: ['pipe.md: not a regular file (a pipe)', 'socket.md: not a regular file (a socket)'],
      });
    } finally {
      server.close();
    }
  });

  it('[IMP-12] reports what changes into a link or a pipe between finding and reading', async () => {
    for (const name of ['link.md', 'pipe.md', 'gone.md', 'fine.md']) await writeFile(join(root, name), 'Text.');
    const found = await discover(root);
    for (const name of ['link.md', 'pipe.md', 'gone.md']) await rm(join(root, name));
    await symlink('fine.md', join(root, 'link.md'));
    await promisify(execFile)('mkfifo', [join(root, 'pipe.md')]);
    const { documents, problems } = await readDocuments(found);
    expect(documents.map(({ path }) => path)).toEqual(['fine.md']);
    expect(problems.map(({ path }) => path).sort()).toEqual(['gone.md', 'link.md', 'pipe.md']);
  });

  it('[IMP-12] reports files and folders that may not be read', async () => {
    await writeFile(join(root, 'mine.md'), 'Mine.');
    await chmod(join(root, 'mine.md'), 0);
    await mkdir(join(root, 'closed'), { mode: 0 });
    await writeFile(join(root, 'open.md'), 'Open.');
    try {
      expect(await readUnprivileged()).toEqual({
        paths: ['open.md'],
        problems: ['closed: may not be read (permission denied)', 'mine.md: may not be read (permission denied)'],
      });
    } finally {
      await chmod(join(root, 'closed'), 0o755);
    }
  });
});

/** Root may read everything, so as root the effective user changes while reading. */
async function readUnprivileged(): ReturnType<typeof read> {
  if (process.geteuid?.() !== 0) return read();
  // Threads of the file system keep their user; a process of its own does not inherit ours.
  const program = `
    const { discover } = await import(${JSON.stringify(new URL('../../dist/import/discover.js', import.meta.url).href)});
    const { readDocuments } = await import(${JSON.stringify(new URL('../../dist/import/read-documents.js', import.meta.url).href)});
    process.setgid(65534); process.setuid(65534);
    const { documents, problems } = await readDocuments(await discover(${JSON.stringify(root)}));
    console.log(JSON.stringify({ paths: documents.map((d) => d.path), problems: problems.map((p) => p.path + ': ' + p.reason).sort() }));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'close');
  return JSON.parse(output) as Awaited<ReturnType<typeof read>>;
}
