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
  return { output, fault: handler === HEALTH_CHECK ? illness(output) : null };
}

function illness(output: JsonValue): ReadOutput['fault'] {
  const { healthy, reason } = (output ?? {}) as { readonly healthy?: unknown; readonly reason?: unknown };
  if (healthy === true) return null;
  return {
    code: 'unhealthy',
    message: typeof reason === 'string' ? reason : 'The overlay says that it is not healthy.',
  };
}
