import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from './lock-directory.mjs';

describe('lock directory', () => {
  let folder: string;
  let lock: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lock-'));
    lock = join(folder, 'nested', 'lock');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const leaveBehind = async (owner: string) => {
    await mkdir(lock, { recursive: true });
    await writeFile(join(lock, 'owner'), owner);
  };
  const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;

  it('lets one in at a time, hands back what the work returns, and leaves nothing', async () => {
    let inside = 0;
    const work = async () => {
      inside += 1;
      expect(inside).toBe(1);
      await new Promise(setImmediate);
      inside -= 1;
      return 'done';
    };
    expect(await Promise.all([withLock(lock, work), withLock(lock, work), withLock(lock, work)])).toEqual(
      Array(3).fill('done'),
    );
    expect(await readdir(join(folder, 'nested'))).toEqual([]);
  });

  it('is given back when the work fails', async () => {
    await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(stat(lock)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is taken over from a process that died, by one of many that wait', async () => {
    await leaveBehind(`${deadPid()} ${hostname()}`);
    let inside = 0;
    const work = async () => {
      inside += 1;
      expect(inside).toBe(1);
      await new Promise(setImmediate);
      inside -= 1;
    };
    await Promise.all([withLock(lock, work), withLock(lock, work)]);
  });

  it('is taken over from a holder on another host that fell silent', async () => {
    await leaveBehind('1 elsewhere');
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(lock, longAgo, longAgo);
    expect(await withLock(lock, () => Promise.resolve('mine'))).toBe('mine');
  });

  it('is not taken from a live holder, and says whom it waits for', async () => {
    await leaveBehind(`${process.pid} ${hostname()}`);
    const order: string[] = [];
    const waiting = withLock(
      lock,
      async () => void order.push('got it'),
      (holder) => {
        order.push(`waiting for ${holder}`);
        void rm(lock, { recursive: true });
      },
    );
    await waiting;
    expect(order).toEqual([`waiting for process ${process.pid}`, 'got it']);
  });
});
