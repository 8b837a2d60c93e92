/** `forge overlay test`. @module */
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ReplayedRecording } from '@forge-cascade/overlay-sdk/testing';
import type { CommandContext } from '../../command-context.js';
import { CommandFailure } from '../../usage-error.js';
import { manifestIn } from './manifest-at.js';
import { openSandbox } from './sandbox.js';
import { withFaults } from './with-faults.js';

/** Recorded calls, in the overlay's folder. */
const RECORDED = 'recorded';

export async function testCommand(context: CommandContext, [folder = '.']: readonly string[]): Promise<void> {
  const { buildOverlay, readBuilt } = await import('@forge-cascade/overlay-sdk');
  const { readRecording, replayRecorded } = await import('@forge-cascade/overlay-sdk/testing');
  await manifestIn(folder);
  const paths = await recordings(folder);
  const { wasm, manifest } = await withFaults(async () => readBuilt((await buildOverlay(folder)).folder));
  const { sandbox, close } = await openSandbox();
  const results: ReplayedRecording[] = [];
  try {
    for (const path of paths) {
      const recording = await withFaults(async () => readRecording(await readFile(path, 'utf8'), path));
      results.push(await replayRecorded(sandbox, wasm, manifest, recording));
    }
  } finally {
    await close();
  }
  const failed = results.filter(({ faults }) => faults.length > 0).length;
  if (failed > 0) context.fail();
  context.print({ overlay: manifest.id, sandbox: sandbox.name, failed, results }, () =>
    [
      ...results.flatMap((result) => lines(context, result)),
      `${results.length - failed} passed, ${failed} failed (${sandbox.name})`,
    ].join('\n'),
  );
}

async function recordings(folder: string): Promise<readonly string[]> {
  const root = resolve(folder, RECORDED);
  const names = (await readdir(root).catch(() => [])).filter((name) => name.endsWith('.json')).sort();
  if (names.length === 0) {
    throw new CommandFailure(
      `There are no recorded calls in ${root}.`,
      'Write one: {"name", "calls": [{"handler", "input", "host": [], "output"}]}; forge overlay init shows how.',
    );
  }
  return names.map((name) => join(root, name));
}

function lines(context: CommandContext, { name, faults, calls }: ReplayedRecording): readonly string[] {
  if (faults.length > 0) return [`${context.paint('red', '✗')} ${name}`, ...faults.map((fault) => `    ${fault}`)];
  const fuel = calls.map((call) => call.fuel).filter((spent) => spent !== null);
  const spent = fuel.length > 0 ? `, most fuel ${Math.max(...fuel)}` : '';
  return [`${context.paint('green', '✓')} ${name} ${context.paint('dim', `(${calls.length} calls${spent})`)}`];
}
