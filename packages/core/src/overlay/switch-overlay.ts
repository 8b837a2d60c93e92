/** Use cases: making an overlay active, and taking it out of service. @module */
import { checkReason } from '../capsule/validate-text.js';
import { commitDecision } from '../commit/index.js';
import { DomainError } from '../errors.js';
import type { DomainEvent } from '../ledger/events.js';
import type { RequestContext } from '../principal.js';
import { decideDisable, decideEnable, decideFailed } from './decide-lifecycle.js';
import { loadOverlay } from './load-overlay.js';
import type { OverlayPorts } from './overlay-ports.js';
import type { OverlayRecord } from './overlay-record.js';
import { isOverlayRefused } from './runner.js';

/**
 * Also what brings a quarantined or failed overlay back. Its module is checked again; one that is refused here fails, which
 * is on record before the refusal is told.
 * @throws DomainError NOT_FOUND, REVIEWER_REQUIRED, STATE_CONFLICT, CONTENTION.
 */
export async function enableOverlay(ports: OverlayPorts, ctx: RequestContext, id: string): Promise<OverlayRecord> {
  const overlay = await loadOverlay(ports.store, id);
  decideEnable(overlay, await ports.store.overlays.all(), ctx.principal);
  try {
    await ports.modules.of(overlay);
  } catch (error) {
    if (!isOverlayRefused(error)) throw error;
    await changeState(ports, ctx, id, (found) => decideFailed(found, error.message));
    const details = { id, refusal: error.code };
    throw new DomainError('STATE_CONFLICT', `The module of ${id} is refused: ${error.message}`, details, {
      cause: error,
    });
  }
  return changeState(ports, ctx, id, (found, all) => decideEnable(found, all, ctx.principal));
}

/** @throws DomainError NOT_FOUND, REVIEWER_REQUIRED, INVALID_INPUT, STATE_CONFLICT while others need it, CONTENTION. */
export async function disableOverlay(
  ports: OverlayPorts,
  ctx: RequestContext,
  id: string,
  reason: string | null = null,
): Promise<OverlayRecord> {
  const why = checkReason(reason);
  const overlay = await changeState(ports, ctx, id, (found, all) => decideDisable(found, all, ctx.principal, why));
  await ports.runner.discard(id);
  return overlay;
}

async function changeState(
  ports: OverlayPorts,
  ctx: RequestContext,
  id: string,
  decide: (overlay: OverlayRecord, all: readonly OverlayRecord[]) => readonly DomainEvent[],
): Promise<OverlayRecord> {
  await commitDecision(ports.store, ctx, async () => {
    const [overlay, all] = await Promise.all([loadOverlay(ports.store, id), ports.store.overlays.all()]);
    const events = decide(overlay, all);
    return {
      events,
      // What was decided rests on how all of them stood.
      expect: events.length === 0 ? [] : all.map((one) => ({ stream: one.id, revision: one.revision })),
      claims: [],
      followUps: [],
      receipts: [{ id, result: events.length === 0 ? 'unchanged' : 'changed' }],
    };
  });
  return loadOverlay(ports.store, id);
}
