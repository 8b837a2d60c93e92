import type { Handlers } from '../http/handlers.js';
import type { ServerParts } from '../http/server-parts.js';
import { Refusal } from '../http/refusal.js';
import { healthOf } from '../system/health.js';
import type { Unready } from '../system/readiness.js';

type SystemOperation = 'getHealth' | 'getReadiness' | 'getMetrics' | 'setMaintenance';

const UNREADY: Readonly<Record<Unready, string>> = {
  starting: 'Still reading what search needs.',
  draining: 'Shutting down; other pods take new requests.',
  store: 'The store does not answer.',
};

export function systemHandlers(parts: ServerParts): Pick<Handlers, SystemOperation> {
  return {
    async getHealth() {
      return { status: 200, body: await healthOf(parts) };
    },

    async getReadiness() {
      const reason = await parts.readiness.unready(parts.store);
      if (reason !== null) throw new Refusal('UNAVAILABLE', UNREADY[reason], { reason });
      return { status: 200, body: { ready: true } };
    },

    async getMetrics() {
      return { status: 200, body: await parts.metrics.render() };
    },

    async setMaintenance({ body, context }) {
      const changed = await parts.maintenance.set(context, body.enabled, body.reason ?? null);
      return { status: 200, body: { enabled: body.enabled, changed } };
    },
  };
}
