import type { GuestSetup } from './guest-setup.js';
import type { HostFunction } from './runner-port.js';

const CAPABILITY: Readonly<Record<HostFunction, string | null>> = {
  get_config: null,
  db_read: 'DATABASE_READ',
  db_write: 'DATABASE_WRITE',
  event_publish: 'EVENT_PUBLISH',
  event_subscribe: 'EVENT_SUBSCRIBE',
  http_request: 'NETWORK_ACCESS',
};

/** The host functions that a guest with these capabilities may import. */
export function grantedFunctions(capabilities: readonly string[]): GuestSetup['granted'] {
  const names = Object.entries(CAPABILITY) as [HostFunction, string | null][];
  const granted = names.filter(([, capability]) => capability === null || capabilities.includes(capability));
  return ['log', ...granted.map(([name]) => name)];
}
