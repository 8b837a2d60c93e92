export { ModuleRefused, type Refusal, type RefusalCode } from './module/module-refused.js';
