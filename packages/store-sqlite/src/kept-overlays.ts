/**
 * Overlays as they stand, kept until a commit may have changed them: every question runs several, and each would wait for
 * another thread to say the same.
 * @module
 */
import type { OverlayRecord } from '@forge-cascade/core/engine';

export class KeptOverlays {
  #kept: Promise<ReadonlyMap<string, OverlayRecord>> | null = null;

  constructor(private readonly read: () => Promise<readonly OverlayRecord[]>) {}

  async one(id: string): Promise<OverlayRecord | null> {
    this.#kept ??= this.#readAll();
    return (await this.#kept).get(id) ?? null;
  }

  /** To be called once a commit is acknowledged: what was read while it was under way may be older. */
  forget(): void {
    this.#kept = null;
  }

  #readAll(): Promise<ReadonlyMap<string, OverlayRecord>> {
    const reading = this.read().then((all) => new Map(all.map((one) => [one.id, one])));
    reading.catch(() => {
      if (this.#kept === reading) this.#kept = null;
    });
    return reading;
  }
}
