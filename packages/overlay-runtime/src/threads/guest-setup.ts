import type { HostFunction } from './runner-port.js';
import type { CompiledModule } from './web-assembly.js';

/** Host functions in the order of their numbers in the shared area. */
export const HOST_FUNCTIONS = [
  'get_config',
  'db_read',
  'db_write',
  'event_publish',
  'event_subscribe',
  'http_request',
] as const satisfies readonly HostFunction[];

/** What a thread is told once, with its first call: everything that it needs to make instances. */
export interface GuestSetup {
  readonly module: CompiledModule;
  /** Handlers by number, with the fuel of a call. */
  readonly handlers: readonly { readonly name: string; readonly fuel: number }[];
  /** The number of `initialize`, -1 where there is none. */
  readonly initialize: number;
  /** JSON text that `initialize` gets. */
  readonly initializeInput: string;
  /** Fuel of the start function and of `initialize`, which share it. */
  readonly initializeFuel: number;
  /** Functions of the module `host` that the guest may import. */
  readonly granted: readonly (HostFunction | 'log')[];
  readonly memoryPages: number;
}
