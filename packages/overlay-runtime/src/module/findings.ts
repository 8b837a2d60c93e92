import { ModuleRefused, type Refusal, type RefusalCode } from './module-refused.js';

/** Takes what is wrong with a module and could be passed over to find more. */
export type Findings = (code: RefusalCode, offset: number | null, message: string, advice: string) => void;

/** Ends at the first finding. */
export const refuseAtOnce: Findings = (code, offset, message, advice) => {
  throw new ModuleRefused(code, offset, message, advice);
};

/** Keeps the first `most` findings. */
export function collectInto(refusals: Refusal[], most: number): Findings {
  return (code, offset, message, advice) => {
    if (refusals.length < most) refusals.push({ code, offset, message, advice });
  };
}
