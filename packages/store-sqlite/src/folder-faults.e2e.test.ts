import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateLedgerKey } from '@forge-cascade/core';
import { aCapsule, written } from '@forge-cascade/core/contract';
import { checkDataFolder, openSqliteStore, verifyDataFolder } from '@forge-cascade/store-sqlite';
import { openDatabase } from './driver.js';
import { prepareSchema } from './schema.js';

const script = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'forge-faults-'));
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Runs a fixture inside a mount namespace of its own, where a file system can be mounted without being root. */
function inNamespace(prepare: string, fixture: string, path: string): Record<string, unknown> {
  const run = spawnSync(
    'unshare',
    ['-rm', 'sh', '-c', `${prepare} && exec "$0" "$@"`, process.execPath, script(fixture), path],
    {
      encoding: 'utf8',
      env: { ...process.env, DIR: dir },
    },
  );
  expect(run.stderr).toBe('');
  return JSON.parse(run.stdout) as Record<string, unknown>;
}

describe('a data folder in trouble', () => {
  it('[STO-61] says that the disk is full, loses nothing and half-writes nothing, and goes on when there is room', () => {
    const result = inNamespace('mount -t tmpfs -o size=32m tmpfs "$DIR"', 'fill-disk.mjs', dir);
    expect(result).toMatchObject({ afterRoom: 8, kept: true, halfWritten: 0 });
    expect(result['whileFull']).toMatchObject({ readable: true, codes: ['STORE_FULL'] });
    // The first entry is the store's own.
    expect(result['ledgerSize']).toBe(Number(result['acknowledged']) + 1);
  });

  it('[STO-92] says that the disk is too full to open it, whatever SQLite calls that', async () => {
    const dataDir = join(dir, 'data');
    await (await openSqliteStore({ dataDir })).close();
    const fill =
      'mkdir "$DIR/full" && mount -t tmpfs -o size=4m tmpfs "$DIR/full" && cp -r "$DIR/data" "$DIR/full" && (cat /dev/zero > "$DIR/full/ballast" || true) 2>/dev/null';
    const result = inNamespace(fill, 'open-store.mjs', join(dir, 'full', 'data'));
    expect(result).toMatchObject({ opened: false, code: 'STORE_FULL' });
    expect(result['message']).toMatch(/opening the data folder takes a little room/);
  });

  it('[STO-62] refuses a folder on a read-only mount and leaves it as it is', async () => {
    const dataDir = join(dir, 'data');
    await (await openSqliteStore({ dataDir })).close();
    const prepare = 'mount --bind "$DIR" "$DIR" && mount -o remount,ro,bind "$DIR"';
    const result = inNamespace(prepare, 'open-store.mjs', dataDir);
    expect(result).toMatchObject({ opened: false, code: 'STORE_READ_ONLY' });
    expect(result['message']).toMatch(/mount/);
    expect(result['message']).not.toContain(dir);
  });

  it('[STO-63] refuses a second process, and lets it in when the first has ended', async () => {
    const dataDir = join(dir, 'data');
    const store = await openSqliteStore({ dataDir });
    const open = () => spawnSync(process.execPath, [script('open-store.mjs'), dataDir], { encoding: 'utf8' });
    expect(JSON.parse(open().stdout)).toMatchObject({ opened: false, code: 'STORE_LOCKED' });
    await store.close();
    expect(JSON.parse(open().stdout)).toEqual({ opened: true });
  });

  it('[STO-63] refuses a second store in the same process', async () => {
    const dataDir = join(dir, 'data');
    const store = await openSqliteStore({ dataDir });
    await expect(openSqliteStore({ dataDir })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await store.close();
  });

  it('[STO-64] keeps its folder and key to their owner', async () => {
    const dataDir = join(dir, 'data');
    await (await openSqliteStore({ dataDir })).close();
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, 'ledger.key')).mode & 0o777).toBe(0o600);
  });

  it('[STO-65] refuses to sign with a new key when the ledger exists and its key is gone', async () => {
    const dataDir = join(dir, 'data');
    await (await openSqliteStore({ dataDir })).close();
    rmSync(join(dataDir, 'ledger.key'));
    await expect(openSqliteStore({ dataDir })).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    expect(readdirSync(dataDir)).not.toContain('ledger.key');
  });

  it('[STO-66] refuses a file that is no database, and a file where the folder should be', async () => {
    const dataDir = join(dir, 'data');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'forge.db'), 'this is no database, whatever its name says '.repeat(100));
    await expect(openSqliteStore({ dataDir })).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    const file = join(dir, 'file');
    writeFileSync(file, '');
    chmodSync(file, 0o600);
    await expect(openSqliteStore({ dataDir: file })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    const below = join(file, 'below');
    await expect(openSqliteStore({ dataDir: below })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it("[STO-69] makes the folders that lead to it, their owner's alone, and ends where none can be made", async () => {
    const dataDir = join(dir, 'one', 'two', 'data');
    await (await openSqliteStore({ dataDir })).close();
    expect(statSync(join(dir, 'one')).mode & 0o777).toBe(0o700);
    // In a process of its own: one that never ended could not be stopped from here.
    const inProc = ['/proc/nope', '/proc/nope/further/down'].map((path) => {
      const { stdout } = spawnSync(process.execPath, [script('open-store.mjs'), path], {
        encoding: 'utf8',
        timeout: 60_000,
      });
      return JSON.parse(stdout) as unknown;
    });
    const message = expect.stringMatching(/cannot be created/) as unknown;
    expect(inProc).toMatchObject([
      { opened: false, message },
      { opened: false, message },
    ]);
  });
});

describe('a data folder whose ledger is gone', () => {
  const key = generateLedgerKey('ledger.example/lost').privateKey;

  it.each([
    ['emptied', (file: string) => writeFileSync(file, '')],
    ['deleted', (file: string) => rmSync(file)],
    [
      'begun anew by nobody',
      (file: string) => {
        rmSync(file);
        const db = openDatabase(file);
        prepareSchema(db);
        db.close();
      },
    ],
  ])('[STO-91] is refused while its key lies there, and left as it is: %s', async (how, lose) => {
    const dataDir = join(dir, 'data');
    await (await openSqliteStore({ dataDir })).close();
    lose(join(dataDir, 'forge.db'));
    const before = readdirSync(dataDir);
    const gone = { code: 'STORE_CORRUPT', message: expect.stringMatching(/ledger itself is gone/) as string };
    await expect(openSqliteStore({ dataDir })).rejects.toMatchObject(gone);
    expect(readdirSync(dataDir)).toEqual(before);
    if (how !== 'begun anew by nobody') {
      await expect(verifyDataFolder({ dataDir })).rejects.toMatchObject(gone);
      await expect(checkDataFolder(dataDir)).rejects.toMatchObject(gone);
    }
    const receiving = await openSqliteStore({ dataDir, receive: { origin: null, ledgerKey: key } });
    await receiving.close();
  });

  it('[STO-91] is told from a first start that was cut off before its first entry', async () => {
    const dataDir = join(dir, 'data');
    await (await openSqliteStore({ dataDir })).close();
    rmSync(join(dataDir, 'ledger.pub'));
    writeFileSync(join(dataDir, 'forge.db'), '');
    await (await openSqliteStore({ dataDir })).close();
    expect(await verifyDataFolder({ dataDir })).toMatchObject({ ok: true, size: 1 });
  });
});

describe('a data folder that may only be read', () => {
  const readOnly = 'mount --bind "$DIR" "$DIR" && mount -o remount,ro,bind "$DIR"';
  const verified = (dataDir: string): unknown => inNamespace(readOnly, 'verify-folder.mjs', dataDir);

  it('[LED-70] verifies as any other', async () => {
    const dataDir = join(dir, 'data #1?');
    await (await openSqliteStore({ dataDir })).close();
    expect(verified(dataDir)).toEqual({ ok: true, size: 1, capsules: 0, counts: {} });
    const db = openDatabase(join(dataDir, 'forge.db'));
    db.exec("UPDATE ledger SET actor = 'someone else'");
    db.close();
    expect(verified(dataDir)).toMatchObject({ ok: false, counts: { 'leaf-mismatch': 1 } });
  });

  it('[LED-70] verifies with the log of a process that was killed, whether its shared memory is there or not', async () => {
    const dataDir = join(dir, 'data');
    const store = await openSqliteStore({ dataDir });
    await written(store, aCapsule());
    const [whole, bare] = [join(dir, 'whole'), join(dir, 'bare')];
    for (const copy of [whole, bare]) cpSync(dataDir, copy, { recursive: true });
    await store.close();
    rmSync(join(bare, 'forge.db-shm'));
    expect(statSync(join(bare, 'forge.db-wal')).size).toBeGreaterThan(0);
    const before = readdirSync(bare);
    const clean = { ok: true, size: 2, capsules: 1, counts: {} };
    expect([verified(whole), verified(bare)]).toEqual([clean, clean]);
    expect(readdirSync(bare)).toEqual(before);
  });
});

describe('a ledger key that lives elsewhere', () => {
  it('[STO-68] signs without leaving itself in the folder, and a wrong one is refused by name', async () => {
    const dataDir = join(dir, 'data');
    const { privateKey, verifierKey } = generateLedgerKey('ledger.example/elsewhere');
    await (await openSqliteStore({ dataDir, ledgerKey: privateKey })).close();
    expect(readdirSync(dataDir)).not.toContain('ledger.key');
    expect(await verifyDataFolder({ dataDir, verifierKeys: [verifierKey] })).toMatchObject({ ok: true });
    const refused = openSqliteStore({ dataDir, ledgerKey: privateKey.slice(0, -4) });
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await refused.catch((error: Error) => expect(error.message).not.toContain(privateKey.slice(20, 60)));
  });
});
