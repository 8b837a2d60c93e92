/** Where `forge overlay test` makes recorded calls again: the sandbox that serves overlays. @module */
import { parseManifest, type HostAnswers } from '@forge-cascade/core';
import type { Sandbox } from '@forge-cascade/overlay-sdk/testing';

export async function openSandbox(): Promise<{ readonly sandbox: Sandbox; readonly close: () => Promise<void> }> {
  const { createOverlayRunner } = await import('@forge-cascade/overlay-runtime');
  const runner = createOverlayRunner();
  const sandbox: Sandbox = {
    name: 'sandbox',
    open: async (module, json, answer) => {
      const manifest = parseManifest(json);
      const prepared = await runner.prepare(module, manifest);
      const host: HostAnswers = async (name, request, during) =>
        JSON.stringify(answer(name, JSON.parse(request), during));
      return {
        call: (handler, input) => runner.run(manifest.id, prepared, manifest, { handler, input, host }),
        close: () => runner.discard(manifest.id),
      };
    },
  };
  return { sandbox, close: () => runner.close() };
}
