/**
 * Keeps recordings beside the work, gathered for a moment: nobody waits for them, and a crash loses the last ones. A receipt
 * whose recording is lost still says what it says; it can only not be run again.
 * @module
 */
import type { OverlayRecording, OverlayStore } from '../ports/overlay-store.js';

/** UTF-16 units of a recording; longer ones are not kept. */
const LONGEST = 2 * 1024 * 1024;
/** Milliseconds: in busy times a write for each run would cost more than the runs. */
const GATHERING_MS = 250;

export class RecordingKeeper {
  #gathered: OverlayRecording[] = [];
  #timer: NodeJS.Timeout | null = null;
  #keeping = Promise.resolve();

  constructor(
    private readonly store: Pick<OverlayStore, 'keepRecordings'>,
    private readonly most: number,
  ) {}

  keep(recording: OverlayRecording): void {
    if (recording.text.length > LONGEST) return;
    this.#gathered.push(recording);
    this.#timer ??= setTimeout(() => void this.settled(), GATHERING_MS).unref();
  }

  /** Resolves once all that was given is kept, or could not be. */
  settled(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const group = this.#gathered;
    this.#gathered = [];
    // One after the other, in the order of the runs.
    if (group.length > 0) this.#keeping = this.#keeping.then(() => this.#keep(group));
    return this.#keeping;
  }

  async #keep(group: readonly OverlayRecording[]): Promise<void> {
    try {
      await this.store.keepRecordings(group, this.most);
    } catch {
      // A store that is closing or full keeps none.
      return;
    }
  }
}
