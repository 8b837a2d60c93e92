/**
 * How busy the server is with answering, so that work nobody waits for can stand back.
 * @module
 */
import type { FastifyInstance } from 'fastify';

export class RequestsUnderway {
  #count = 0;
  #idle: (() => void)[] = [];

  /** Counts the requests of a server, those that fail or are given up included. */
  watch(app: FastifyInstance): void {
    app.addHook('onRequest', async (_request, reply) => {
      this.#count++;
      reply.raw.once('close', () => this.#end());
    });
  }

  /** Resolves when nothing is under way, or after `ms`: standing back for ever would be no work at all. */
  idle(ms: number): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const late = setTimeout(resolve, ms);
      this.#idle.push(() => {
        clearTimeout(late);
        resolve();
      });
    });
  }

  #end(): void {
    if (--this.#count > 0) return;
    const waiting = this.#idle;
    this.#idle = [];
    for (const resume of waiting) resume();
  }
}
