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
  const installed = new Map((await ports.store.overlays.all()).map((overlay) => [overlay.id, overlay]));
  for (const { id } of startOrder(manifests)) {
    const overlay = built.find(({ manifest }) => manifest['id'] === id);
    if (overlay !== undefined) await bringUp(ports, ctx, overlay, installed.get(id) ?? null, log);
  }
}

async function bringUp(
  ports: OverlayPorts,
  ctx: RequestContext,
  { manifest, module }: BuiltOverlay,
  known: OverlayRecord | null,
  log: Log,
): Promise<void> {
  if (known !== null && known.version === manifest['version'] && known.state !== 'VALIDATED') {
    if (known.moduleHash !== hashOf(module) || known.manifestHash !== manifestHashOf(manifest)) {
      log.warn(
        { overlay: known.id, version: known.version },
        'this version of a core overlay is installed with other content',
      );
    }
    return;
  }
  await installOverlay(ports, ctx, { manifest, module, trust: TRUST_BANDS.CORE });
  if (known?.state !== 'DISABLED') await enableOverlay(ports, ctx, String(manifest['id']));
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
