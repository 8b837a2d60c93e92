/**
 * Where recorded calls are made again: in this process, or in the real sandbox, which whoever has one fits to this.
 * @module
 */
import type { OverlayManifestJson } from '../manifest/overlay-manifest.js';
import type { HostAnswer } from './host-answers.js';
import { OverlayInstance } from './overlay-instance.js';

export interface SandboxedRun {
  /** JSON. */
  readonly output: string;
  /** Null where nothing is metered. */
  readonly fuel: number | null;
}

/** One instance with its memory. */
export interface SandboxedGuest {
  /** @param input JSON. Rejects with what ended the call. */
  call(handler: string, input: string): Promise<SandboxedRun>;
  close(): Promise<void>;
}

export interface Sandbox {
  /** What it is called in reports. */
  readonly name: string;
  /** `answer` may be called for `initialize` now or before the first call. */
  open(module: Uint8Array, manifest: OverlayManifestJson, answer: HostAnswer): Promise<SandboxedGuest>;
}

/** Unmetered, in this process. */
export const inProcess: Sandbox = {
  name: 'in-process',
  open: async (module, manifest, answer) => {
    const instance = new OverlayInstance(module, manifest, answer);
    return {
      call: async (handler, input) => {
        const logged = instance.logs.length;
        try {
          return { output: instance.runText(handler, input), fuel: null };
        } catch (error) {
          const said = instance.logs.slice(logged).at(-1)?.text;
          throw new Error(said ?? (error as Error).message, { cause: error });
        }
      },
      close: async () => undefined,
    };
  },
};
