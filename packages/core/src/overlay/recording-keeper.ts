/**
 * Keeps recordings beside the work, a few at a time: nobody waits for them, and a crash loses the last ones. A receipt whose
 * recording is lost still says what it says; it can only not be run again.
 * @module
 */
import type { OverlayRecording, OverlayStore } from '../ports/overlay-store.js';

/** UTF-16 units of a recording; longer ones are not kept. */
const LONGEST = 2 * 1024 * 1024;

export class RecordingKeeper {
  #waiting: OverlayRecording[] = [];
  #keeping: Promise<void> | null = null;

  constructor(
    private readonly store: Pick<OverlayStore, 'keepRecordings'>,
    private readonly most: number,
  ) {}

  keep(recording: OverlayRecording): void {
    if (recording.text.length > LONGEST) return;
    this.#waiting.push(recording);
    this.#keeping ??= this.#keepAll().finally(() => {
      this.#keeping = null;
    });
  }

  /** Resolves once all that was given is kept, or could not be. */
  async settled(): Promise<void> {
    while (this.#keeping !== null) await this.#keeping;
  }

  async #keepAll(): Promise<void> {
    // What else happens now comes along.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        await this.store.keepRecordings(group, this.most);
      } catch {
        // A store that is closing or full keeps none.
        return;
      }
    }
  }
}
