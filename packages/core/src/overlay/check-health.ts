/** Use case: how an overlay is, by its own word, by what it needs, and by how its last runs went. @module */
import type { RequestContext } from '../principal.js';
import { manifestOf } from './decide-lifecycle.js';
import { unmetDependencies } from './dependencies.js';
import { runOverlay } from './execute-overlay.js';
import { HEALTH_CHECK } from './read-output.js';
import { loadOverlay } from './load-overlay.js';
import type { OverlayPorts } from './overlay-ports.js';

export interface HealthLevel {
  readonly level: 'self_check' | 'dependencies' | 'failures';
  readonly healthy: boolean;
  /** A sentence; null where there is nothing to say. */
  readonly reason: string | null;
}

export interface OverlayHealth {
  readonly healthy: boolean;
  readonly levels: readonly HealthLevel[];
}

/**
 * Runs its `health_check`, which leaves a receipt like any run; too many that fail in a row quarantine it.
 * @throws DomainError NOT_FOUND, CONTENTION.
 */
export async function checkHealth(ports: OverlayPorts, ctx: RequestContext, id: string): Promise<OverlayHealth> {
  const overlay = await loadOverlay(ports.store, id);
  if (overlay.state !== 'ACTIVE') {
    const reason = `It is ${overlay.state}${overlay.reason === null ? '' : `: ${overlay.reason}`}.`;
    return { healthy: false, levels: [{ level: 'self_check', healthy: false, reason }] };
  }
  const manifest = manifestOf(overlay);
  const execution = manifest.exports.includes(HEALTH_CHECK)
    ? await runOverlay(ports, ctx, { overlayId: id, handler: HEALTH_CHECK, input: {} })
    : null;
  const [after, all] = await Promise.all([loadOverlay(ports.store, id), ports.store.overlays.all()]);
  const missing = unmetDependencies(
    manifest,
    all.filter(({ state }) => state === 'ACTIVE'),
  );
  const { failuresInARow, lastFault } = after.activity;
  const levels: readonly HealthLevel[] = [
    {
      level: 'self_check',
      healthy: execution === null || execution.fault === null,
      reason: execution === null ? 'It has no health_check.' : (execution.fault?.message ?? null),
    },
    {
      level: 'dependencies',
      healthy: missing.length === 0,
      reason: missing.length === 0 ? null : `What it needs is not there: ${missing.join('; ')}.`,
    },
    {
      level: 'failures',
      healthy: failuresInARow === 0 && after.state === 'ACTIVE',
      reason: failuresInARow === 0 ? null : `${failuresInARow} failures in a row, the last one: ${lastFault ?? ''}.`,
    },
  ];
  return { healthy: levels.every(({ healthy }) => healthy), levels };
}
