import { operations } from '@forge-cascade/api';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './run-cli.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'forge-find-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function forge(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end();
  const env = { FORGE_DATA: join(folder, 'data'), FORGE_EMBEDDINGS: 'none' };
  const code = await runCli(args, { env, stdin, stdout: stdout as never, stderr: stderr as never });
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

async function create(title: string, content: string, ...more: string[]): Promise<string> {
  const { out } = await forge('capsule', 'create', '--title', title, '--content', content, '--json', ...more);
  return (JSON.parse(out) as { id: string }).id;
}

let zinc: string;
let ore: string;
beforeAll(async () => {
  zinc = await create('Zinc', 'The smelter bought zinc from Peru.');
  ore = await create('Ore', 'Peru sells zinc and lead.', '--tag', 'mining');
  await create('Leave', 'Everybody has thirty days of leave.');
});

describe('forge capsule create', () => {
  it('[CLI-12] prints a line for each near-duplicate, and none when told not to look', async () => {
    const again = ['capsule', 'create', '--title', 'Again', '--content', 'PERU sells zinc -- and lead'];
    const { code, out } = await forge(...again);
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n').slice(2)).toEqual([`the same words as Ore  ${ore}`]);
    const silent = await forge(...again, '--no-check-duplicates');
    expect(silent.code).toBe(0);
    expect(silent.out).not.toContain('the same words');
    for (const text of [out, silent.out]) {
      const [id = ''] = /[0-9a-f-]{36}/.exec(text) ?? [];
      await forge('capsule', 'archive', id);
    }
  });
});

describe('forge search --explain', () => {
  it('[CLI-14] says why in words', async () => {
    const { code, out } = await forge('search', 'zinc', 'smelter', '--explain');
    expect(code).toBe(0);
    const [first = ''] = out.split(' 2. ');
    const text = first.replace(/\s+/g, ' ');
    expect(text).toMatch(/Words you asked for stand in its text: \d+ % of its score\./);
    expect(text).toContain('Its chain trust is 60 (STANDARD); nothing it rests on was retracted or quarantined.');
    expect((await forge('search', 'zinc')).out).not.toContain('of its score');
  });
});

describe('forge search --why-not', () => {
  it('[CLI-13] says in sentences what keeps a capsule out, named by id or title', async () => {
    const { code, out } = await forge('search', 'zinc', '--tag', 'mining', '--why-not', 'Zinc');
    expect(code).toBe(0);
    expect(out).toContain(' 1. Ore');
    expect(out).toContain(`${zinc} is kept out:`);
    expect(out).toContain('It does not carry the tag mining.');
    expect(out).toContain('Otherwise it would be number 1 of 2 hits.');
    const none = await forge('search', 'unheard', '--why-not', zinc);
    expect(none.out).toBe(`Nothing found.\n\n${zinc} does not match:\n  None of the words looked for occurs in it.\n`);
    const { out: json } = await forge('search', 'zinc', '--why-not', zinc, '--json');
    const body = operations.postSearch.responses[200].content['application/json'].parse(JSON.parse(json));
    expect(body.why_not).toMatchObject({ capsule_id: zinc, verdict: 'shown' });
  });
});

describe('forge similar', () => {
  it('[CLI-11] shows what is like a capsule, with its passage, and by what it was judged', async () => {
    const { code, out, err } = await forge('similar', 'Zinc');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(' 1. Ore');
    expect(out).toContain('Peru sells zinc and lead.');
    expect(out).toContain(ore);
    expect(out).toContain('Judged by their words.');
    expect(out).not.toContain('Leave');
  });

  it('[CLI-11] takes the filters of search, and prints the API’s body with --json', async () => {
    expect((await forge('similar', zinc, '--tag', 'mining', '--limit', '1')).out).toContain('Ore');
    expect((await forge('similar', zinc, '--tag', 'other')).out).toBe('Nothing is like it.\n');
    const { out } = await forge('similar', zinc, '--json');
    const body = operations.listSimilar.responses[200].content['application/json'].parse(JSON.parse(out));
    expect(body.items.map(({ capsule }) => capsule.id)).toEqual([ore]);
    expect(await forge('similar', '01900000-0000-7000-8000-000000000000')).toMatchObject({ code: 1, out: '' });
  });
});
