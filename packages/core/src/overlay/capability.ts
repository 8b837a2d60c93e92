/** What a manifest can ask for, and which host call asks for what. @module */

export const CAPABILITIES = [
  'NETWORK_ACCESS',
  'DATABASE_READ',
  'DATABASE_WRITE',
  'EVENT_PUBLISH',
  'EVENT_SUBSCRIBE',
  'CAPSULE_CREATE',
  'CAPSULE_MODIFY',
  'GOVERNANCE_VOTE',
] as const;

export type Capability = (typeof CAPABILITIES)[number];

export type HostFunction = 'get_config' | 'db_read' | 'db_write' | 'event_publish' | 'event_subscribe' | 'http_request';

/** Null where every overlay may call. */
export const CAPABILITY_OF_CALL: Readonly<Record<HostFunction, Capability | null>> = {
  get_config: null,
  db_read: 'DATABASE_READ',
  db_write: 'DATABASE_WRITE',
  event_publish: 'EVENT_PUBLISH',
  event_subscribe: 'EVENT_SUBSCRIBE',
  http_request: 'NETWORK_ACCESS',
};

export function isCapability(value: unknown): value is Capability {
  return (CAPABILITIES as readonly unknown[]).includes(value);
}
