export { COST_TABLE } from './metering/cost-table.js';
export { TRAP_CALL_DEPTH, TRAP_OUT_OF_FUEL } from './metering/meter-function.js';
export { INSTRUMENTER } from './metering/meter-module.js';
export {
  type MeteredModule,
  type ModuleReport,
  type ModuleRules,
  inspectModule,
  prepareModule,
} from './metering/prepare-module.js';
export { HOST_IMPORTS } from './module/check-interface.js';
export { ModuleRefused, type Refusal, type RefusalCode } from './module/module-refused.js';
export * from './threads/index.js';
