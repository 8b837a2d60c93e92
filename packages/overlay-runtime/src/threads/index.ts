export { grantedFunctions } from './guest-grants.js';
export { OverlayFault, type FaultCode, type FaultFacts } from './guest-fault.js';
export type { Guest } from './guest.js';
export { GuestSupply, type GuestSpec, type GuestSupplyOptions } from './guest-supply.js';
export type { GuestSetup } from './guest-setup.js';
export type {
  HostAnswers,
  HostFunction,
  Initialized,
  LogLine,
  OverlayCall,
  OverlayRun,
  OverlayRunner,
  PreparedModule,
  RunnableManifest,
} from './runner-port.js';
export { createOverlayRunner } from './overlay-runner.js';
export { OverlayRefused } from './overlay-refused.js';
