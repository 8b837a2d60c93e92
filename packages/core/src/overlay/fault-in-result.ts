/** Results that count as failures although the run itself ended well. Pure. @module */

/** The export that says how an overlay is; it returns `{"healthy": true}` while all is well. */
export const HEALTH_CHECK = 'health_check';

/** An overlay that says it is not well has failed, and so has one whose result is no JSON. */
export function faultIn(handler: string, output: string): { readonly code: string; readonly message: string } | null {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    return { code: 'bad_result', message: 'The result is no JSON.' };
  }
  if (handler !== HEALTH_CHECK) return null;
  const { healthy, reason } = (value ?? {}) as { readonly healthy?: unknown; readonly reason?: unknown };
  if (healthy === true) return null;
  return {
    code: 'unhealthy',
    message: typeof reason === 'string' ? reason : 'The overlay says that it is not healthy.',
  };
}
