/** What a look at a store's own make-up found: tables or indexes, and numbers that must agree. @module */

export interface CheckLine {
  readonly area: 'schema' | 'counts' | 'ledger';
  readonly name: string;
  readonly ok: boolean;
  /** What was found; where something is wrong, also what was expected. */
  readonly found: string;
}

/** One line for two numbers that must agree. */
export function agreement(name: string, found: number, expected: number): CheckLine {
  const ok = found === expected;
  return { area: 'counts', name, ok, found: ok ? String(found) : `${found} instead of ${expected}` };
}
