/** One call of an overlay at a time: its memory is state, and receipts count its calls. @module */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does the work when all work given for this overlay before has ended, well or not. */
  async take<T>(overlayId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(overlayId) ?? Promise.resolve();
    const turn = before.then(work, work);
    const ended = turn.catch(() => undefined);
    this.#last.set(overlayId, ended);
    try {
      return await turn;
    } finally {
      if (this.#last.get(overlayId) === ended) this.#last.delete(overlayId);
    }
  }
}
