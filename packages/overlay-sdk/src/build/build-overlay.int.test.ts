import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildOverlay, BUILT_FILES } from './build-overlay.js';

const SOURCE = `
import { JsonWriter, read, state } from '@forge-cascade/overlay-sdk/guest';
export { ov_alloc, ov_free } from '@forge-cascade/overlay-sdk/guest';
export function greet(at: i32, length: i32): i64 {
  return new JsonWriter().open().text('hello', 'you').close().result();
}
`;
const MANIFEST = { abi: 1, id: 'hello', name: 'Hello', version: '1.0.0', capabilities: [], exports: ['greet'] };

describe('building an overlay', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'build-overlay-'));
    await mkdir(join(folder, 'assembly'));
    await given(SOURCE);
  });

  afterEach(async () => rm(folder, { recursive: true }));

  const given = async (source: string, manifest: object = MANIFEST) => {
    await writeFile(join(folder, 'assembly', 'index.ts'), source);
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  };

  it('[SDK-2] makes the same bytes wherever they go, and nothing when nothing changed', async () => {
    const first = await buildOverlay(folder);
    const elsewhere = await buildOverlay(folder, { out: 'elsewhere', again: true });
    expect(elsewhere.sha256).toEqual(first.sha256);
    expect([first.made, elsewhere.made, (await buildOverlay(folder)).made]).toEqual([true, true, false]);
  });

  it('[SDK-2] builds again what was changed or lost', async () => {
    const { folder: out } = await buildOverlay(folder);
    await rm(join(out, 'overlay.wat'));
    expect((await buildOverlay(folder)).made).toBe(true);
    await writeFile(join(out, 'overlay.wasm'), 'something else');
    expect((await buildOverlay(folder)).made).toBe(true);
    await given(SOURCE.replace('you', 'there'));
    expect((await buildOverlay(folder)).made).toBe(true);
  });

  it('[SDK-3] lists imports, capabilities and the SHA-256 of every file', async () => {
    await given(SOURCE.replace("'you'", "state('n').error"), { ...MANIFEST, capabilities: ['DATABASE_READ'] });
    const built = await buildOverlay(folder);
    for (const name of BUILT_FILES) {
      const digest = createHash('sha256')
        .update(await readFile(join(built.folder, name)))
        .digest('hex');
      expect(built.sha256[name]).toBe(digest);
      if (name !== 'capabilities.json') expect(built.capabilities.files[name]).toBe(digest);
    }
    expect(built.capabilities).toMatchObject({ id: 'hello', capabilities: ['DATABASE_READ'], exports: ['greet'] });
    expect(built.capabilities.imports).toContain('db_read');
    expect(await readFile(join(built.folder, 'overlay.wat'), 'utf8')).toContain('(export "greet"');
  });

  it.each([
    [{ ...MANIFEST, exports: ['greet', 'leave'] }, SOURCE, 'it does not export leave'],
    [MANIFEST, SOURCE.replace("'you'", "state('n').error"), 'without the capability DATABASE_READ'],
    [MANIFEST, SOURCE.replace("'you'", 'Date.now().toString()'), 'it imports env.Date.now'],
    [MANIFEST, SOURCE.replace(/export \{.*/, ''), 'it does not export ov_alloc'],
    [{ ...MANIFEST, subscriptions: [{ type: 'a', handler: 'b' }] }, SOURCE, 'names the handler b'],
  ])('[SDK-4] writes nothing for a module that does not fit, %#', async (manifest, source, fault) => {
    await given(source, manifest);
    await expect(buildOverlay(folder)).rejects.toMatchObject({
      code: 'MODULE_FAULTS',
      message: expect.stringContaining(fault),
    });
    await expect(readFile(join(folder, 'build', 'overlay.wasm'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('[SDK-4] names what is wrong with sources and manifest', async () => {
    await given('export function greet(): string { return 1; }');
    await expect(buildOverlay(folder)).rejects.toMatchObject({
      code: 'DOES_NOT_COMPILE',
      message: expect.stringContaining('assembly/index.ts'),
    });
    await given(SOURCE, { ...MANIFEST, id: 'Hello', exports: 'greet' });
    await expect(buildOverlay(folder)).rejects.toMatchObject({
      code: 'BAD_MANIFEST',
      faults: [expect.stringContaining('`id`'), expect.stringContaining('`exports`')],
    });
    await rm(join(folder, 'manifest.json'));
    await expect(buildOverlay(folder)).rejects.toMatchObject({ code: 'NO_MANIFEST' });
  });
});
