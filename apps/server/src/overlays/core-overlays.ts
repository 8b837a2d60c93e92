/**
 * The overlays that come with the product: read where they were built, installed and made active when a store is first
 * served by a version that has them.
 * @module
 */
import {
  DomainError,
  enableOverlay,
  hashOf,
  installOverlay,
  isDomainError,
  manifestHashOf,
  parseManifest,
  startOrder,
  TRUST_BANDS,
  type JsonObject,
  type OverlayPorts,
  type OverlayRecord,
  type RequestContext,
} from '@forge-cascade/core';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from '../log.js';

export const CORE_OVERLAYS = [
  'security_validator',
  'ml_intelligence',
  'performance_optimizer',
  'capsule_analyzer',
  'lineage_tracker',
  'symbolic_governance',
] as const;

/** `overlays` beside `apps`, where `npm run build` leaves what it has built. */
const FOLDER = resolve(dirname(fileURLToPath(import.meta.url)), '../../../../overlays');

const ATTEMPTS = 5;

interface BuiltOverlay {
  readonly manifest: JsonObject;
  readonly module: Uint8Array;
}

/**
 * Brings the store's overlays up to this version's. Whoever switched one off finds it off, and a version that was installed
 * with another content stays as it is: the log says so.
 * @throws DomainError UNAVAILABLE when they were not built.
 */
export async function installCoreOverlays(ports: OverlayPorts, ctx: RequestContext, log: Log): Promise<void> {
  const built = await Promise.all(CORE_OVERLAYS.map(readBuilt));
  const manifests = built.map(({ manifest }) => parseManifest(manifest));
  for (const { id } of startOrder(manifests)) {
    const overlay = built.find(({ manifest }) => manifest['id'] === id);
    if (overlay === undefined) continue;
    // Two pods may begin at the same time; one of them finds what the other has done.
    for (let attempt = 1; !(await bringUp(ports, ctx, overlay, log, attempt)); attempt++);
  }
}

async function bringUp(
  ports: OverlayPorts,
  ctx: RequestContext,
  { manifest, module }: BuiltOverlay,
  log: Log,
  attempt: number,
): Promise<boolean> {
  const id = String(manifest['id']);
  const known = await ports.store.overlays.one(id);
  if (known !== null && known.version === manifest['version'] && known.state !== 'VALIDATED') {
    if (known.moduleHash !== hashOf(module) || known.manifestHash !== manifestHashOf(manifest)) {
      log.warn(
        { overlay: id, version: known.version },
        'this version of a core overlay is installed with other content',
      );
    }
    return true;
  }
  try {
    await installOverlay(ports, ctx, { manifest, module, trust: TRUST_BANDS.CORE });
    if (!wasSwitchedOff(known)) await enableOverlay(ports, ctx, id);
    return true;
  } catch (error) {
    if (isDomainError(error) && error.code === 'CONTENTION' && attempt < ATTEMPTS) return false;
    throw error;
  }
}

function wasSwitchedOff(known: OverlayRecord | null): boolean {
  return known?.state === 'DISABLED';
}

async function readBuilt(id: string): Promise<BuiltOverlay> {
  const folder = join(FOLDER, id, 'build');
  try {
    const [manifest, module] = await Promise.all([
      readFile(join(folder, 'manifest.json'), 'utf8'),
      readFile(join(folder, 'overlay.wasm')),
    ]);
    return { manifest: JSON.parse(manifest) as JsonObject, module: new Uint8Array(module) };
  } catch (error) {
    const message = `The core overlay ${id} is not built. Run \`npm run build\`, or serve without overlays: FORGE_OVERLAYS=off.`;
    throw new DomainError('UNAVAILABLE', message, { overlay: id }, { cause: error });
  }
}
