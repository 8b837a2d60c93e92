/** Leases: one holder at a time, and a token that grows with every change of hands. @module */
interface Held {
  readonly holder: string;
  readonly token: number;
  readonly expiresAt: number;
}

export class MemoryLeases {
  readonly #leases = new Map<string, Held>();

  /** The newest token given out; 0 for a lease nobody ever held. */
  tokenOf(lease: string): number {
    return this.#leases.get(lease)?.token ?? 0;
  }

  acquire(lease: string, holder: string, ttlMs: number, now: number): number | null {
    const current = this.#leases.get(lease);
    const held = current !== undefined && current.expiresAt > now;
    if (held && current.holder !== holder) return null;
    // Whoever comes back after losing a lease gets a new token, so that commits from before are fenced off.
    const token = held ? current.token : this.tokenOf(lease) + 1;
    this.#leases.set(lease, { holder, token, expiresAt: now + ttlMs });
    return token;
  }

  held(): { readonly lease: string; readonly holder: string; readonly token: number; readonly expiresAt: number }[] {
    return [...this.#leases].map(([lease, held]) => ({ lease, ...held }));
  }

  put({ lease, ...held }: { readonly lease: string } & Held): void {
    const { holder, token, expiresAt } = held;
    this.#leases.set(lease, { holder, token, expiresAt });
  }

  clear(): void {
    this.#leases.clear();
  }

  release(lease: string, holder: string): void {
    const current = this.#leases.get(lease);
    // The token stays, so that the next holder's is greater.
    if (current?.holder === holder) this.#leases.set(lease, { ...current, expiresAt: 0 });
  }
}
