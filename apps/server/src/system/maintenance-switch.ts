/**
 * Maintenance: reading goes on, writing waits. The state is in the ledger; each pod keeps it at hand, since every write
 * asks, and follows what others turned.
 * @module
 */
import { DomainError, event, sealEvent, type CommitPort, type RequestContext } from '@forge-cascade/core';

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
   * @throws DomainError REVIEWER_REQUIRED
   */
  async set(ctx: RequestContext, enabled: boolean, reason: string | null): Promise<boolean> {
    if (!ctx.principal.reviewer) {
      throw new DomainError('REVIEWER_REQUIRED', 'Only a reviewer can switch maintenance.');
    }
    if (enabled === this.#enabled) return false;
    // Writers that come between are turned away before the switch is on record, never after it is off.
    this.#enabled = true;
    this.#turns++;
    try {
      await this.#commit(ctx, enabled, reason);
    } catch (error) {
      this.#enabled = !enabled;
      throw error;
    } finally {
      this.#turns++;
    }
    this.#enabled = enabled;
    return true;
  }

  /** Takes over what stands in the ledger: another pod may have turned the switch. @throws what `read` throws */
  async follow(read: () => Promise<boolean>): Promise<void> {
    const turns = this.#turns;
    const enabled = await read();
    // An odd number: it is being turned here at this moment.
    if (turns === this.#turns && turns % 2 === 0) this.#enabled = enabled;
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
