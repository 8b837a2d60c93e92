import type { ModuleRefused, RefusalCode } from '../module/module-refused.js';

/** A module that may not run here, as the core names it: what is wrong, where, and what to do. */
export class OverlayRefused extends Error {
  readonly code: RefusalCode;
  /** Bytes from the start of the module; null where the fault lies in no one place. */
  readonly offset: number | null;
  readonly advice: string;

  constructor(refused: ModuleRefused) {
    const where = refused.offset === null ? '' : ` (at byte ${refused.offset})`;
    super(`${refused.message}${where} ${refused.advice}`, { cause: refused });
    this.name = 'OverlayRefused';
    this.code = refused.code;
    this.offset = refused.offset;
    this.advice = refused.advice;
  }
}
