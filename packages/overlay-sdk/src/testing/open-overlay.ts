/**
 * Builds an overlay if need be and opens it for a test.
 * @module
 */
import { buildOverlay, readBuilt } from '../build/build-overlay.js';
import type { HostAnswer } from './host-answers.js';
import { OverlayInstance } from './overlay-instance.js';

/** @param folder holds `manifest.json` and `assembly/index.ts` */
export async function openOverlay(folder: string, answer?: HostAnswer): Promise<OverlayInstance> {
  const { folder: out } = await buildOverlay(folder);
  const { wasm, manifest } = await readBuilt(out);
  return new OverlayInstance(wasm, manifest, answer);
}
