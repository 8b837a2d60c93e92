/** Leases: one holder at a time, and a token that grows with every change of hands. @module */
import type { Database } from '../driver.js';

export interface LeaseRequest {
  readonly lease: string;
  readonly holder: string;
  readonly ttlMs: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The token of the holder, or null while another holds the lease. */
export function acquireLease(db: Database, { lease, holder, ttlMs, now }: LeaseRequest): number | null {
  const row = db.prepare('SELECT holder, token, expires_at FROM lease WHERE name = ?').get(lease);
  const held = row !== undefined && Number(row['expires_at']) > now;
  if (held && row['holder'] !== holder) return null;
  // Renewing keeps the token; whoever comes back after losing it gets a new one, so that old commits are fenced off.
  const token = held ? Number(row['token']) : Number(row?.['token'] ?? 0) + 1;
  db.prepare('INSERT OR REPLACE INTO lease(name, holder, token, expires_at) VALUES (?, ?, ?, ?)').run(
    lease,
    holder,
    token,
    now + ttlMs,
  );
  return token;
}

export function releaseLease(db: Database, { lease, holder }: Pick<LeaseRequest, 'lease' | 'holder'>): void {
  db.prepare('UPDATE lease SET expires_at = 0 WHERE name = ? AND holder = ?').run(lease, holder);
}
