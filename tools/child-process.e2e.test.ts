import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { runInGroup } from './child-process.mjs';

const node = (script: string, options: { timeoutMs?: number } = {}) =>
  runInGroup(process.execPath, ['-e', script], { cwd: process.cwd(), ...options });

describe('a program run in a group', () => {
  it('gives its exit code and all that it printed', async () => {
    const run = await node(`console.log('x'.repeat(200_000)); console.error('bad'); process.exitCode = 3`);
    expect(run.code).toBe(3);
    expect(run.output).toHaveLength(200_000 + '\nbad\n'.length);
  });

  it('takes what it left running with it', async () => {
    const leftover = `
      const server = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port));
    `;
    const run = await node(`
      const { spawn } = require('node:child_process');
      const left = spawn(process.execPath, ['-e', ${JSON.stringify(leftover)}], { stdio: ['ignore', 'pipe', 'inherit'] });
      left.stdout.once('data', (port) => {
        console.log(String(port));
        process.exit(0);
      });
    `);
    expect(run.code).toBe(0);
    const port = Number(run.output);
    expect(port).toBeGreaterThan(0);
    await expect.poll(() => isListening(port)).toBe(false);
  });

  it('ends at its limit, and never as a success', async () => {
    const script = `process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)`;
    const run = await node(script, { timeoutMs: 1_500 });
    expect(run.timedOut).toBe(true);
    expect(run.code).not.toBe(0);
  });

  it('says when there is no such program', async () => {
    await expect(runInGroup('no-such-program', [], { cwd: process.cwd() })).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
