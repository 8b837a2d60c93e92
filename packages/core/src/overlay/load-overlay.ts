/** Finding the overlay a use case is about. @module */
import { DomainError } from '../errors.js';
import type { OverlayStore } from '../ports/overlay-store.js';
import type { OverlayRecord } from './overlay-record.js';

/** @throws DomainError NOT_FOUND */
export async function loadOverlay(
  store: { readonly overlays: Pick<OverlayStore, 'one'> },
  id: string,
): Promise<OverlayRecord> {
  const overlay = await store.overlays.one(id);
  if (overlay === null) throw new DomainError('NOT_FOUND', 'There is no overlay with this id.', { id });
  return overlay;
}
