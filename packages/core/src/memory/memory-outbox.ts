/** Work promised by commits, kept in the order of promising. @module */
import type { OutboxMessage } from '../ports/commit-port.js';
import type { DueMessage } from '../ports/outbox.js';

export interface Pending extends DueMessage {
  readonly attempts: number;
  readonly nextAttemptAt: number;
}

export class MemoryOutbox {
  readonly #pending = new Map<string, Pending>();

  has(id: string): boolean {
    return this.#pending.has(id);
  }

  add({ id, topic, payload }: OutboxMessage, seq: number): void {
    this.#pending.set(id, { id, topic, payload, seq, attempts: 0, nextAttemptAt: 0 });
  }

  /** All of them, in the order of promising. */
  pending(): readonly Pending[] {
    return [...this.#pending.values()];
  }

  put({ id, topic, payload, seq, attempts, nextAttemptAt }: Pending): void {
    this.#pending.set(id, { id, topic, payload, seq, attempts, nextAttemptAt });
  }

  clear(): void {
    this.#pending.clear();
  }

  end(id: string): void {
    this.#pending.delete(id);
  }

  due(now: number, limit: number): DueMessage[] {
    return [...this.#pending.values()]
      .filter(({ nextAttemptAt }) => nextAttemptAt <= now)
      .slice(0, limit)
      .map(({ id, topic, payload, seq, attempts }) => ({ id, topic, payload, seq, attempts }));
  }

  /** Unknown ids are ignored: whoever deferred too late lost to whoever ended the message. */
  defer(id: string, nextAttemptAt: number): void {
    const message = this.#pending.get(id);
    if (message !== undefined) this.#pending.set(id, { ...message, attempts: message.attempts + 1, nextAttemptAt });
  }

  backlog(): { readonly pending: number; readonly failing: number } {
    const messages = [...this.#pending.values()];
    return { pending: messages.length, failing: messages.filter(({ attempts }) => attempts > 0).length };
  }
}
