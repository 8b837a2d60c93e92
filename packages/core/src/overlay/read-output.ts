/** What a run that ended well has returned, and whether that counts as a failure all the same. Pure. @module */
import type { JsonValue } from '../ledger/json.js';

/** The export that says how an overlay is; it returns `{"healthy": true}` while all is well. */
export const HEALTH_CHECK = 'health_check';

export interface ReadOutput {
  /** Null when it is no JSON. */
  readonly output: JsonValue;
  readonly fault: { readonly code: string; readonly message: string } | null;
}

/** An overlay that says it is not well has failed, and so has one whose result is no JSON. */
export function readOutput(handler: string, text: string): ReadOutput {
  let output: JsonValue;
  try {
    output = JSON.parse(text) as JsonValue;
  } catch {
    return { output: null, fault: { code: 'bad_result', message: 'The result is no JSON.' } };
  }
  const unfit = unfitFor(output);
  if (unfit !== null) return { output: null, fault: { code: 'bad_result', message: `The result holds ${unfit}.` } };
  return { output, fault: handler === HEALTH_CHECK ? illness(output) : null };
}

/** What JSON can write and nobody could hand on as it is; null when there is nothing. */
function unfitFor(value: JsonValue): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'a number beyond all that can be told';
  if (typeof value === 'string') return value.isWellFormed() ? null : 'half of a surrogate pair';
  if (typeof value !== 'object' || value === null) return null;
  const within = Array.isArray(value) ? value : [...Object.keys(value), ...Object.values(value)];
  for (const part of within as readonly JsonValue[]) {
    const unfit = unfitFor(part);
    if (unfit !== null) return unfit;
  }
  return null;
}

function illness(output: JsonValue): ReadOutput['fault'] {
  const { healthy, reason } = (output ?? {}) as { readonly healthy?: unknown; readonly reason?: unknown };
  if (healthy === true) return null;
  return {
    code: 'unhealthy',
    message: typeof reason === 'string' ? reason : 'The overlay says that it is not healthy.',
  };
}
