import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { GivenCli, printed, stopped } from './given-cli.js';

interface Summary {
  readonly documents: number;
  readonly sections: number;
  readonly created: number;
  readonly versioned: number;
  readonly unchanged: number;
  readonly archived: number;
  readonly unarchived: number;
  readonly left_alone: number;
  readonly problems: readonly { readonly path: string; readonly line: number | null; readonly severity: string }[];
}

const anything = { parse: (value: unknown): Summary => value as Summary };
const part = (name: string): string => `## ${name}\n\n${`${name} filler `.repeat(400)}\n\n`;

/** Waits for a file to appear. */
async function served(file: string): Promise<void> {
  while (!existsSync(file)) await delay(10);
}

describe('importing', () => {
  let cli: GivenCli;
  const load = (...flags: string[]): Promise<Summary> => cli.json(['import', 'docs', ...flags], anything);
  beforeAll(async () => {
    cli = await GivenCli.make();
    await cli.write({
      'docs/guide.md': `# Guide\n\n${part('A')}${part('B')}${part('C')}`,
      'docs/new.md': '---\nsupersedes: old.md\n---\nNew.',
      'docs/old.md': 'Old.',
    });
  });
  afterAll(() => cli.end());

  it('[IMP-17] writes nothing on a dry run', async () => {
    expect(await load('--dry-run')).toMatchObject({
      dry_run: true,
      documents: 3,
      sections: 3,
      relations: 1,
      created: 0,
    });
    expect(existsSync(cli.data)).toBe(false);
  });

  it('[IMP-13] [IMP-14] makes nothing twice, one version per change, and archives sections that leave', async () => {
    expect(await load()).toMatchObject({ created: 6, versioned: 0, problems: [] });
    expect(await load()).toMatchObject({ created: 0, versioned: 0, unchanged: 6, archived: 0 });
    await cli.write({ 'docs/old.md': 'Older.' });
    expect(await load()).toMatchObject({ created: 0, versioned: 1, unchanged: 5 });
    await cli.write({ 'docs/guide.md': `# Guide\n\n${part('A')}${part('C')}` });
    expect(await load()).toMatchObject({ versioned: 2, archived: 1 });
    await cli.write({ 'docs/guide.md': `# Guide\n\n${part('A')}${part('B')}${part('C')}` });
    expect(await load()).toMatchObject({ created: 0, unarchived: 1 });
  });

  it('[IMP-14] [IMP-19] archives no capsule it did not make, and brings none back that somebody archived', async () => {
    const mine = { env: { FORGE_DATA: cli.path('mine') } };
    const again = (): Promise<Summary> => cli.json(['import', 'notes'], anything, mine);
    const records = '{"key":"issue","content":"root"}\n';
    await cli.write({
      'notes/d.md': `# Doc\n\n${part('A')}${part('B')}${part('C')}`,
      'notes/e.md': 'Elsewhere.',
      'notes/k.jsonl': `${records}{"key":"issue#12","content":"twelve"}\n`,
    });
    expect(await again()).toMatchObject({ created: 7 });
    const remark = ['--title', 'My remark', '--content', 'own', '--key', 'notes/d.md#remark', '--collection', 'notes'];
    expect((await cli.run(['capsule', 'create', ...remark], mine)).code).toBe(0);
    await cli.write({ 'notes/k.jsonl': records });
    expect(await again()).toMatchObject({ archived: 0, unchanged: 6 });

    expect((await cli.run(['capsule', 'archive', 'e', '--reason', 'out of date'], mine)).code).toBe(0);
    // A section that somebody wrote a version of is still one.
    expect((await cli.run(['capsule', 'update', 'Doc › B', '--content', 'By hand.'], mine)).code).toBe(0);
    await cli.write({ 'notes/d.md': `# Doc\n\n${part('A')}${part('C')}`, 'notes/e.md': 'Elsewhere, changed.' });
    expect(await again()).toMatchObject({ archived: 1, unarchived: 0, left_alone: 1 });
    await cli.write({ 'notes/d.md': `# Doc\n\n${part('A')}${part('B')}${part('C')}` });
    expect(await again()).toMatchObject({ archived: 0, unarchived: 1, left_alone: 1 });
    expect((await cli.run(['import', 'notes'], mine)).out).toContain('1 archived by somebody, left alone');
  });

  it('[IMP-21] ends with 1 where nothing is importable, and makes no data folder for it', async () => {
    const env = { FORGE_DATA: cli.path('none') };
    await cli.write({ 'other/package.json': '{}', 'faulty/bad.md': '---\na: [\n---\nx' });
    for (const [path, words] of [
      ['other/package.json', 'looked for .md, .markdown, .rst, .txt, .jsonl and found only 1 other file'],
      ['other', 'found only 1 other file'],
      ['faulty', '1 file read, no document that could be stored'],
    ] as const) {
      const { code, out } = await cli.run(['import', path], { env });
      expect(out).toContain(words);
      expect(code).toBe(1);
    }
    expect(existsSync(env.FORGE_DATA)).toBe(false);
  });

  it('[IMP-18] only stores: overlays are told by the next server', async () => {
    const stored = { FORGE_DATA: cli.path('stored') };
    /** Looked at by a command that tells overlays nothing itself. */
    const told = async (): Promise<readonly unknown[]> => {
      const env = { ...stored, FORGE_OVERLAYS: 'off' };
      const { code, out } = await cli.run(['audit', '--type', 'overlay.executed.v1', '--json'], { env });
      expect(code).toBe(0);
      return (JSON.parse(out) as { items: unknown[] }).items;
    };
    await cli.write({ 'later/one.md': 'Numbats eat termites.', 'later/two.md': 'Bilbies dig burrows.' });
    await cli.json(['import', 'later'], anything, { env: stored });
    expect(await told()).toEqual([]);
    const server = cli.spawn(['serve'], stored);
    const url = (await printed(server, /http:\S+/)).match(/http:\S+/)?.[0];
    await vi.waitFor(async () => {
      const { outbox } = (await (await fetch(`${url}/v2/system/health`)).json()) as { outbox: { pending: number } };
      expect(outbox.pending).toBe(0);
    }, 30_000);
    await stopped(server, 'SIGTERM');
    expect(await told()).not.toEqual([]);
  });

  it('[IMP-10] imports what it can, lists the rest with line and reason, and ends with 1', async () => {
    await cli.write({
      'mixed/fine.md': 'Fine.',
      'mixed/bad.md': '---\na: [\n---\nx',
      'mixed/x.jsonl': '{"content":"a"}\n{oops\n',
    });
    const { code, out } = await cli.run(['import', 'mixed', '--json']);
    expect(code).toBe(1);
    const summary = JSON.parse(out) as Summary;
    expect(summary).toMatchObject({ created: 2 });
    expect(summary.problems.map(({ path, line, severity }) => `${severity} ${path}:${line}`)).toEqual([
      'failed bad.md:null',
      'failed x.jsonl:2',
    ]);
    expect((await cli.run(['import', 'mixed'])).out).toMatch(/x\.jsonl:2 {2}not valid JSON/);
  });

  it('[IMP-15] is completed by running it again after it was killed', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 400 }, (_, n) => [
        `many/d${n}.md`,
        `---\n${n === 0 ? '' : `supersedes: d${n - 1}.md\n`}title: D${n}\n---\nText ${n}.`,
      ]),
    );
    await cli.write(files);
    const interrupted = cli.spawn(['import', 'many'], { FORGE_DATA: cli.path('killed') });
    const word = printed(interrupted, /the same command again does the rest/);
    await served(cli.path('killed/server.json'));
    const ended = once(interrupted, 'exit');
    interrupted.kill('SIGINT');
    await word;
    expect(await ended).toEqual([null, 'SIGINT']);
    await rm(cli.path('killed/server.json'), { force: true });
    const child = cli.spawn(['import', 'many'], { FORGE_DATA: cli.path('killed') });
    // The folder is served from the moment it can be written to, so this ends somewhere in the middle of the import.
    await served(cli.path('killed/server.json'));
    await stopped(child, 'SIGKILL');
    const resumed = await cli.json(['import', 'many'], anything, { env: { FORGE_DATA: cli.path('killed') } });
    expect(resumed.created + resumed.unchanged).toBe(400);
    expect(resumed).toMatchObject({ versioned: 0, problems: [] });

    const lineage = await cli.run(['lineage', 'D399', '--json'], { env: { FORGE_DATA: cli.path('killed') } });
    expect((JSON.parse(lineage.out) as { nodes: unknown[] }).nodes).toHaveLength(400);
    expect((await cli.run(['verify', '--data', cli.path('killed')])).code).toBe(0);
  });
});
