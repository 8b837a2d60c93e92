/**
 * Trust is a number from 0 to 100; five names mark its bands (specification, "Trust Hierarchy").
 * @module
 */

/** The lowest value of each band. */
export const TRUST_BANDS = { CORE: 100, TRUSTED: 80, STANDARD: 60, SANDBOX: 40, QUARANTINE: 0 } as const;

export type TrustBand = keyof typeof TRUST_BANDS;

/** The trust of a new capsule. */
export const DEFAULT_TRUST = TRUST_BANDS.STANDARD;

/** Below this a capsule counts as quarantined: it taints what rests on it and no default search shows it. */
export const QUARANTINE_CEILING = TRUST_BANDS.SANDBOX;

/** The band a value falls into. */
export function bandOf(trust: number): TrustBand {
  if (trust >= TRUST_BANDS.CORE) return 'CORE';
  if (trust >= TRUST_BANDS.TRUSTED) return 'TRUSTED';
  if (trust >= TRUST_BANDS.STANDARD) return 'STANDARD';
  return trust >= TRUST_BANDS.SANDBOX ? 'SANDBOX' : 'QUARANTINE';
}

export function isQuarantined(trust: number): boolean {
  return trust < QUARANTINE_CEILING;
}
