/**
 * Maintenance: reading goes on, writing waits. The state is in the ledger; each pod keeps it at hand, since every write
 * asks, and follows what others turned.
 * @module
 */
import {
  commitDecision,
  DomainError,
  event,
  type CommitPort,
  type DomainEvent,
  type RequestContext,
} from '@forge-cascade/core';

export class MaintenanceSwitch {
  #enabled: boolean;
  /** Turned here; a reading from before a turn says nothing of after it. */
  #turns = 0;

  constructor(
    private readonly port: CommitPort,
    enabled: boolean,
  ) {
    this.#enabled = enabled;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  /**
   * @returns whether anything changed.
   * @throws DomainError REVIEWER_REQUIRED, IDEMPOTENCY_MISMATCH, CONTENTION
   */
  async set(ctx: RequestContext, enabled: boolean, reason: string | null): Promise<boolean> {
    if (!ctx.principal.reviewer) {
      throw new DomainError('REVIEWER_REQUIRED', 'Only a reviewer can switch maintenance.');
    }
    if (enabled === this.#enabled) return (await this.#commit(ctx, [])).changed;
    let after = this.#enabled;
    // Writers that come between are turned away before the switch is on record, never after it is off.
    this.#enabled = true;
    this.#turns++;
    const turn = event(
      'system.maintenance_changed.v1',
      'MAINTENANCE',
      { type: 'System', id: 'system' },
      { enabled, reason },
    );
    try {
      const { changed, first } = await this.#commit(ctx, [turn]);
      if (first) after = enabled;
      return changed;
    } finally {
      this.#enabled = after;
      this.#turns++;
    }
  }

  /** Takes over what stands in the ledger: another pod may have turned the switch. @throws what `read` throws */
  async follow(read: () => Promise<boolean>): Promise<void> {
    const turns = this.#turns;
    const enabled = await read();
    // An odd number: it is being turned here at this moment.
    if (turns === this.#turns && turns % 2 === 0) this.#enabled = enabled;
  }

  /** What came of the request: told again, and nothing turned, when it is not the first run under its idempotency key. */
  async #commit(ctx: RequestContext, events: readonly DomainEvent[]): Promise<{ changed: boolean; first: boolean }> {
    const own = [{ id: 'system', result: events.length > 0 ? 'changed' : 'unchanged' }];
    const told = await commitDecision(this.port, ctx, () =>
      Promise.resolve({ events, expect: [], claims: [], followUps: [], receipts: own }),
    );
    return { changed: told[0]?.result === 'changed', first: told === own };
  }
}
