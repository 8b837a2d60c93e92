/** `forge overlay test`. @module */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { OverlayManifestJson } from '@forge-cascade/overlay-sdk';
import type { ReplayedRecording } from '@forge-cascade/overlay-sdk/testing';
import type { CommandContext } from '../../command-context.js';
import { CommandFailure } from '../../usage-error.js';
import { manifestIn } from './manifest-at.js';
import { moduleIn } from './module-in.js';
import { openSandbox } from './sandbox.js';
import { withFaults } from './with-faults.js';

/** Recorded calls, in the overlay's folder. */
const RECORDED = 'recorded';

export async function testCommand(context: CommandContext, [folder = '.']: readonly string[]): Promise<void> {
  const { readRecording, replayRecorded } = await import('@forge-cascade/overlay-sdk/testing');
  const { id } = await manifestIn(folder);
  const paths = await recordings(folder);
  const { wasm, manifest } = await withFaults(async () => (await byHand(folder, id)) ?? (await built(folder)));
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

interface Tested {
  readonly wasm: Uint8Array;
  readonly manifest: OverlayManifestJson;
}

async function built(folder: string): Promise<Tested> {
  const { buildOverlay, readBuilt } = await import('@forge-cascade/overlay-sdk');
  return readBuilt((await buildOverlay(folder)).folder);
}

/** A module without sources that could be built, as it is there; null where there are sources, or is no module. */
async function byHand(folder: string, id: string): Promise<Tested | null> {
  if (existsSync(join(folder, 'assembly', 'index.ts'))) return null;
  const module = (await moduleIn(folder, id)) ?? (await moduleIn(join(folder, 'build'), id));
  if (module === null) return null;
  const { moduleFaults, OverlayFaulty, readManifest } = await import('@forge-cascade/overlay-sdk');
  const [wasm, manifest] = [await readFile(module), await readManifest(resolve(folder))];
  const faults = moduleFaults(wasm, manifest);
  if (faults.length > 0) throw new OverlayFaulty('MODULE_FAULTS', faults, module);
  return { wasm, manifest };
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
