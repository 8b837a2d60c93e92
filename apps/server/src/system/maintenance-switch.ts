/**
 * Maintenance: reading goes on, writing waits. The state is in the ledger; this process keeps it at hand, since every
 * write asks.
 * @module
 */
import { DomainError, event, sealEvent, type CommitPort, type RequestContext } from '@forge-cascade/core';

export class MaintenanceSwitch {
  #enabled: boolean;

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
   * @throws DomainError REVIEWER_REQUIRED
   */
  async set(ctx: RequestContext, enabled: boolean, reason: string | null): Promise<boolean> {
    if (!ctx.principal.reviewer) {
      throw new DomainError('REVIEWER_REQUIRED', 'Only a reviewer can switch maintenance.');
    }
    if (enabled === this.#enabled) return false;
    // Writers that come between are turned away before the switch is on record, never after it is off.
    this.#enabled = true;
    try {
      await this.#commit(ctx, enabled, reason);
    } catch (error) {
      this.#enabled = !enabled;
      throw error;
    }
    this.#enabled = enabled;
    return true;
  }

  async #commit(ctx: RequestContext, enabled: boolean, reason: string | null): Promise<void> {
    const changed = event(
      'system.maintenance_changed.v1',
      'MAINTENANCE',
      { type: 'System', id: 'system' },
      { enabled, reason },
    );
    const result = await this.port.commit({
      actor: ctx.principal.id,
      correlationId: ctx.correlationId,
      causationId: ctx.causationId,
      expect: [],
      claims: [],
      fence: null,
      events: [sealEvent(changed)],
      outbox: [],
      completes: null,
    });
    if (result.outcome !== 'committed') throw new Error(`an unconditional commit was refused as ${result.outcome}`);
  }
}
