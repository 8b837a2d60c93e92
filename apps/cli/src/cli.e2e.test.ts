import { spawnSync, type ChildProcess } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { operations } from '@forge-cascade/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GivenCli, printed, PROGRAM, stopped } from './given-cli.js';

type Operation = (typeof operations)[keyof typeof operations];

/** The schema of what an operation answers with. */
function bodyOf(operation: Operation): { parse(value: unknown): never } {
  const [shape] = Object.values(operation.responses);
  return shape.content['application/json'] as { parse(value: unknown): never };
}

const page = operations.getAuditLog.responses[200].content['application/json'];
const idOf = (body: unknown): string => (body as { id: string }).id;

describe.each(['beside a server', 'on the folder itself'] as const)('every command %s', (where) => {
  let cli: GivenCli;
  let server: ChildProcess | null = null;
  beforeAll(async () => {
    cli = await GivenCli.make();
    if (where === 'beside a server') {
      server = cli.spawn(['serve', '--port', '0']);
      await printed(server, /listening on/);
    }
  });
  afterAll(async () => {
    if (server !== null) await stopped(server, 'SIGTERM');
    await cli.end();
  });

  it('[CLI-3] [CLI-4] answers with the API’s bodies, from the first capsule to the audit trail', async () => {
    const { createCapsule, forkCapsule, getCapsule, listVersions, updateCapsule } = operations;
    const base = idOf(
      await cli.json(
        ['capsule', 'create', '--title', 'Journal mode', '--type', 'decision', '--key', 'wal'],
        bodyOf(createCapsule),
        {
          stdin: 'We choose WAL because readers never wait for the writer.\n',
        },
      ),
    );
    const fork = idOf(
      await cli.json(
        [
          'capsule',
          'fork',
          'key:wal',
          '--title',
          'Journal mode, revised',
          '--content',
          'WAL with FULL sync.',
          '--reason',
          'power',
        ],
        bodyOf(forkCapsule),
      ),
    );
    const next = await cli.json(
      ['capsule', 'update', fork, '--content', 'WAL with synchronous=FULL.', '--tag', 'sqlite'],
      bodyOf(updateCapsule),
    );
    expect(next).toMatchObject({ version: '1.1.0', title: 'Journal mode, revised', tags: ['sqlite'] });
    expect(await cli.json(['capsule', 'get', 'Journal mode'], bodyOf(getCapsule))).toMatchObject({ id: base });
    expect(await cli.json(['capsule', 'history', fork], bodyOf(listVersions))).toMatchObject({
      items: [{ version: '1.1.0' }, { version: '1.0.0' }],
    });
    expect(
      await cli.json(['capsule', 'revert', idOf(next), '--reason', 'too soon'], bodyOf(operations.revertCapsule)),
    ).toMatchObject({ version: '1.2.0', content: 'WAL with FULL sync.' });
    expect(await cli.json(['lineage', idOf(next)], bodyOf(operations.getLineage))).toMatchObject({
      direction: 'ancestors',
    });
    expect(await cli.json(['search', 'journal', 'mode'], bodyOf(operations.postSearch))).toMatchObject({
      items: [{}, {}],
    });
    expect(await cli.json(['ask', 'Why did we choose WAL?'], bodyOf(operations.ask))).toMatchObject({
      answer: expect.stringContaining('readers never wait') as string,
    });
    expect(await cli.json(['status'], bodyOf(operations.getHealth))).toMatchObject({ status: 'ok', heads: 2 });
    expect(await cli.json(['audit', '--capsule', base], bodyOf(operations.getAuditLog))).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ entity_id: base })]) as unknown[],
    });
  });

  it('[CLI-3] [CLI-4] judges: trust, quarantine, retraction and archive, each with its way back', async () => {
    const { archiveCapsule, changeTrust, getTrust, quarantineCapsule, retractCapsule, unarchiveCapsule } = operations;
    const judged = idOf(
      await cli.json(
        ['capsule', 'create', '--title', 'Judged', '--content', 'Claims.'],
        bodyOf(operations.createCapsule),
      ),
    );
    expect(
      await cli.json(['capsule', 'trust', judged, '--level', '80', '--reason', 'checked'], bodyOf(changeTrust)),
    ).toMatchObject({ trust_level: 80 });
    expect(await cli.json(['capsule', 'trust', judged], bodyOf(getTrust))).toMatchObject({
      trust_level: 80,
      history: [{ reason: 'checked', from: 60, to: 80 }],
    });
    expect(
      await cli.json(['capsule', 'quarantine', judged, '--reason', 'doubtful'], bodyOf(quarantineCapsule)),
    ).toMatchObject({ trust_band: 'QUARANTINE' });
    await cli.json(['capsule', 'quarantine', judged, '--lift', '--reason', 'cleared'], bodyOf(quarantineCapsule));
    expect(await cli.json(['capsule', 'retract', judged, '--reason', 'wrong'], bodyOf(retractCapsule))).toMatchObject({
      retracted: true,
    });
    expect(
      await cli.json(['capsule', 'retract', judged, '--lift', '--reason', 'right'], bodyOf(retractCapsule)),
    ).toMatchObject({ retracted: false });
    expect(await cli.json(['capsule', 'archive', judged], bodyOf(archiveCapsule))).toMatchObject({ archived: true });
    expect(await cli.json(['capsule', 'unarchive', judged], bodyOf(unarchiveCapsule))).toMatchObject({
      archived: false,
    });
  });

  it('[CLI-5] verifies, also beside the server', async () => {
    const { code, out, err } = await cli.run(['verify', '--data', cli.data]);
    expect(err).toBe('');
    expect(out).toContain('Clean.');
    expect(code).toBe(0);
  });

  it('[CLI-7] prints for people without colour or control characters when piped', async () => {
    const id = idOf(
      await cli.json(
        ['capsule', 'create', '--title', 'Evil \u001b[31mtitle', '--content', 'Body \u001b]0;x\u0007 end.'],
        bodyOf(operations.createCapsule),
      ),
    );
    for (const args of [['capsule', 'get', id], ['search', 'evil'], ['lineage', id], ['audit']]) {
      const { code, out } = await cli.run(args);
      expect(code).toBe(0);
      expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }
  });
});

describe('failures', () => {
  let cli: GivenCli;
  let id: string;
  beforeAll(async () => {
    cli = await GivenCli.make();
    id = idOf(
      await cli.json(
        ['capsule', 'create', '--title', 'One', '--content', 'The word TAMPERME stands here.'],
        bodyOf(operations.createCapsule),
      ),
    );
  });
  afterAll(() => cli.end());

  it('[CLI-1] [CLI-23] ends with 1 and says what failed, as the server put it with --json', async () => {
    const missing = await cli.run(['capsule', 'get', '01900000-0000-7000-8000-000000000000', '--json']);
    expect(missing.code).toBe(1);
    expect(JSON.parse(missing.out)).toMatchObject({ status: 404, code: 'CAPSULE_NOT_FOUND' });
    expect(missing.err).toMatch(/^error: .+\n$/);

    const nowhere = await cli.run(['status', '--url', 'http://127.0.0.1:1']);
    expect(nowhere).toMatchObject({ code: 1, out: '' });
    expect(nowhere.err).toContain('cannot be reached');
    expect(nowhere.err).not.toMatch(/ {4}at /);

    const none = await cli.run(['search', 'x', '--data', cli.path('not-there')]);
    expect(none).toMatchObject({ code: 1, out: '' });
    expect(none.err).toContain('no data folder');
    const problem = await cli.run(['search', 'x', '--data', cli.path('not-there'), '--json']);
    expect(JSON.parse(problem.out)).toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
      type: 'urn:forge:error:not-found',
    });

    expect(await cli.run(['import', cli.path('gone')])).toMatchObject({ code: 1, out: '' });
  });

  it('[CLI-22] verifies no folder in place of the server that was named', async () => {
    for (const command of [['verify'], ['store', 'check']]) {
      const named = await cli.run([...command, '--url', 'http://127.0.0.1:1']);
      expect(named).toMatchObject({ code: 2, out: '' });
      expect(named.err).toContain('--data or FORGE_STORE');
      expect((await cli.run(command, { env: { FORGE_URL: 'http://127.0.0.1:1' } })).code).toBe(2);
    }
  });

  it('[CLI-21] ends with 1 where its output cannot be written, and with 0 where nobody reads on', async () => {
    const shell = (redirected: string) =>
      spawnSync('bash', ['-c', `"$0" "$1" status ${redirected}`, process.execPath, PROGRAM], {
        env: { ...process.env, FORGE_DATA: cli.data },
        encoding: 'utf8',
      });
    expect(shell('> /dev/full')).toMatchObject({
      status: 1,
      stderr: 'error: The output could not be written (ENOSPC).\n',
    });
    expect(shell('| true; exit ${PIPESTATUS[0]}')).toMatchObject({ status: 0, stderr: '' });
  });

  it('[CLI-1] refuses evidence that nothing would be kept with, and says which address is none', async () => {
    expect((await cli.run(['capsule', 'trust', id, '--evidence', '{"a":1}'])).code).toBe(2);
    const fresh = { FORGE_DATA: cli.path('fresh') };
    const nowhere = await cli.run(['serve', '--host', '999.1.1.1'], { env: fresh });
    expect(nowhere).toMatchObject({ code: 1, out: '' });
    expect(nowhere.err).toMatch(/--host and FORGE_HOST/);
    const server = cli.spawn(['serve', '--port', '0'], fresh);
    // Made at a start that nobody was told of, it would never be shown.
    await printed(server, /Shown this once/);
    await stopped(server, 'SIGTERM');
  });

  it('[CLI-6] takes content from a file and refuses what is not UTF-8', async () => {
    await cli.write({ 'text.md': 'From a file.' });
    expect(await cli.json(['capsule', 'create', '--file', 'text.md'], bodyOf(operations.createCapsule))).toMatchObject({
      content: 'From a file.',
    });
    const broken = await cli.run(['capsule', 'create'], { stdin: new Uint8Array([0xff, 0xfe]) });
    expect(broken).toMatchObject({ code: 2, out: '', err: 'error: standard input is not UTF-8 text.\n' });
    expect((await cli.run(['capsule', 'create', '--content', 'x', '--file', 'text.md'])).code).toBe(2);
  });

  it('[CLI-8] lets commands that start at once on one folder all succeed', async () => {
    const names = ['a', 'b', 'c'];
    const results = await Promise.all(
      names.map((name) => cli.run(['capsule', 'create', '--title', name, '--content', `Text ${name}.`])),
    );
    expect(results.map(({ code, err }) => `${code} ${err}`)).toEqual(names.map(() => '0 '));
    const { items } = page.parse(
      await cli.json(['audit', '--type', 'capsule.created', '--limit', '100'], bodyOf(operations.getAuditLog)),
    );
    expect(items.map(({ payload }) => payload?.['title'])).toEqual(expect.arrayContaining(names));
    expect((await cli.run(['audit', '--type', 'capsule.praised'])).out).toBe('Nothing found.\n');
  });

  it('[CLI-5] ends with 1 and names what was tampered with', async () => {
    const file = join(cli.data, 'forge.db');
    const bytes = await readFile(file);
    const tampered = Buffer.from(bytes.toString('latin1').replaceAll('TAMPERME', 'TAMPERED'), 'latin1');
    expect(tampered.equals(bytes)).toBe(false);
    await writeFile(file, tampered);
    const { code, out } = await cli.run(['verify', '--data', cli.data, '--json']);
    expect(code).toBe(1);
    const report = JSON.parse(out) as { ok: boolean; findings: { kind: string; message: string }[] };
    expect(report.ok).toBe(false);
    expect(report.findings.map(({ message }) => message).join('\n')).toContain(id);
    expect((await cli.run(['verify', '--data', cli.data])).out).toMatch(/\d+ findings?\./);
  });
});
