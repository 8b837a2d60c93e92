import type { Handlers } from '../http/handlers.js';
import type { ServerParts } from '../http/server-parts.js';
import { healthOf } from '../system/health.js';

type SystemOperation = 'getHealth' | 'getMetrics' | 'setMaintenance';

export function systemHandlers(parts: ServerParts): Pick<Handlers, SystemOperation> {
  return {
    async getHealth() {
      return { status: 200, body: await healthOf(parts) };
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
