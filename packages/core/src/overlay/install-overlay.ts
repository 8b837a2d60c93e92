/** Use case: an overlay is checked here and registered, validated but not yet active. @module */
import { commitDecision } from '../commit/index.js';
import { DomainError } from '../errors.js';
import { event } from '../ledger/events.js';
import type { JsonObject } from '../ledger/json.js';
import type { RequestContext } from '../principal.js';
import { DEFAULT_TRUST } from '../trust/trust-level.js';
import { decideInstall } from './decide-lifecycle.js';
import { loadOverlay } from './load-overlay.js';
import { parseManifest } from './manifest.js';
import type { OverlayPorts } from './overlay-ports.js';
import type { OverlayRecord } from './overlay-record.js';
import { hashOf, manifestHashOf, readModule } from './prepared-modules.js';
import { isOverlayRefused } from './runner.js';

/** Bytes of a module. */
export const MAX_MODULE = 2 * 1024 * 1024;

export interface InstallInput {
  /** As its author wrote it. */
  readonly manifest: JsonObject;
  readonly module: Uint8Array;
  /** 0–100. Default: that of any newcomer. */
  readonly trust?: number;
  /** Takes a lower version than the installed one. Default: that is refused. */
  readonly allowDowngrade?: boolean;
}

export interface InstallOutcome {
  readonly overlay: OverlayRecord;
  readonly result: 'installed' | 'unchanged';
}

/**
 * @throws DomainError INVALID_INPUT with `details.field`, for a refused module `details.refusal`; TOO_LARGE; REVIEWER_REQUIRED;
 * STATE_CONFLICT; CONTENTION; IDEMPOTENCY_MISMATCH.
 */
export async function installOverlay(
  ports: OverlayPorts,
  ctx: RequestContext,
  { manifest: manifestText, module, trust = DEFAULT_TRUST, allowDowngrade = false }: InstallInput,
): Promise<InstallOutcome> {
  const manifest = parseManifest(manifestText);
  if (module.length > MAX_MODULE) {
    const details = { field: 'module', bytes: module.length, limit: MAX_MODULE };
    throw new DomainError(
      'TOO_LARGE',
      `The module has ${module.length} bytes; at most ${MAX_MODULE} are allowed.`,
      details,
    );
  }
  const moduleHash = hashOf(module);
  const command = {
    manifest,
    manifestText,
    manifestHash: manifestHashOf(manifestText),
    moduleHash,
    trust,
    allowDowngrade,
  };
  // Rights first: who may not install does not have modules checked.
  decideInstall(await ports.store.overlays.all(), { ...command, principal: ctx.principal });
  try {
    await ports.runner.prepare(module, manifest);
  } catch (error) {
    if (!isOverlayRefused(error)) throw error;
    const details = { field: 'module', refusal: error.code };
    throw new DomainError('INVALID_INPUT', `The module is refused: ${error.message}`, details, { cause: error });
  }
  const [receipt] = await commitDecision(ports.store, ctx, async () => {
    const [others, kept] = await Promise.all([ports.store.overlays.all(), readModule(ports.store, moduleHash)]);
    const known = others.find(({ id }) => id === manifest.id);
    const registration = decideInstall(others, { ...command, principal: ctx.principal });
    const keeping = event(
      'overlay.module_kept.v1',
      'KEEP_MODULE',
      { type: 'OverlayModule', id: moduleHash },
      { bytes: module.length, module: Buffer.from(module).toString('base64') },
    );
    const changed = registration.length > 0;
    return {
      events: changed && kept === null ? [keeping, ...registration] : registration,
      // What was decided rests on how all of them stood.
      expect: changed
        ? [
            { stream: manifest.id, revision: known?.revision ?? 0 },
            ...others.filter((one) => one !== known).map((one) => ({ stream: one.id, revision: one.revision })),
          ]
        : [],
      claims: [],
      followUps: [],
      receipts: [{ id: manifest.id, result: changed ? 'installed' : 'unchanged' }],
    };
  });
  const result = receipt?.result === 'unchanged' ? 'unchanged' : 'installed';
  // The next call must not find the former version's memory.
  if (result === 'installed') await ports.runner.discard(manifest.id);
  return { overlay: await loadOverlay(ports.store, manifest.id), result };
}
