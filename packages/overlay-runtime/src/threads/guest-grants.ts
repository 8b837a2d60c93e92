import { CAPABILITY_OF_CALL } from '@forge-cascade/core';
import { HOST_FUNCTIONS, type GuestSetup } from './guest-setup.js';

/** The host functions that a guest with these capabilities may import. */
export function grantedFunctions(capabilities: readonly string[]): GuestSetup['granted'] {
  const granted = HOST_FUNCTIONS.filter((name) => {
    const capability = CAPABILITY_OF_CALL[name];
    return capability === null || capabilities.includes(capability);
  });
  return ['log', ...granted];
}
