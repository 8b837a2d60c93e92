/** The image of overlays: every stored one against what follows from the entries. @module */
import { canonicalize } from '../ledger/canonical-json.js';
import type { JsonValue } from '../ledger/json.js';
import type { OverlayImage, OverlayImages } from '../overlay/overlay-image.js';
import type { Findings } from './verify-findings.js';
import type { VerifyOverlay } from './verify-source.js';

/** Compares rows in any order; call {@link finish} after the last. */
export class OverlayVerifier {
  readonly #seen = new Set<string>();

  constructor(
    private readonly findings: Findings,
    private readonly images: OverlayImages,
  ) {}

  overlay(row: VerifyOverlay): void {
    const { id } = row;
    const image = this.images.get(id);
    if (image === undefined || this.#seen.has(id)) {
      this.findings.add('state-row-added', `The overlay ${id} is stored, but no entry registered it.`, { id });
      return;
    }
    this.#seen.add(id);
    const expected = overlayRowOf(image);
    for (const field of ['standing', 'activity', 'values', 'triggered', 'receipts'] as const) {
      if (text(row[field]) === text(expected[field])) continue;
      this.findings.add('overlay-changed', `The stored ${field} of the overlay ${id} was changed.`, { id, field });
    }
  }

  finish(): void {
    for (const { standing } of this.images.all()) {
      const { id } = standing;
      if (this.#seen.has(id)) continue;
      this.findings.add('state-row-missing', `The overlay ${id} is not stored any more.`, { id });
    }
  }
}

/** The row an overlay should have. */
export function overlayRowOf({ standing, activity, values, triggered, receipts }: OverlayImage): VerifyOverlay {
  return {
    id: standing.id,
    standing,
    activity,
    values: Object.fromEntries(values),
    triggered: [...triggered].sort(),
    receipts: [...receipts],
  };
}

/** Canonical text; what has none equals nothing that follows from an entry. */
function text(value: unknown): string | null {
  try {
    return canonicalize(value as JsonValue);
  } catch {
    return null;
  }
}
