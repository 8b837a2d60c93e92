/** How overlays come, go and are switched off, by whom, and each step an event. @module */
import { aContext, OWNER, REVIEWER } from '../capsule/given-record.js';
import { checkHealth } from '../overlay/check-health.js';
import { runOverlay } from '../overlay/execute-overlay.js';
import { aManifestText } from '../overlay/given-overlay.js';
import { installOverlay } from '../overlay/install-overlay.js';
import { disableOverlay, enableOverlay } from '../overlay/switch-overlay.js';
import { freshSystems, type GivenSystem } from './given-overlays.js';
import { ScriptedRunner, ScriptFault, type Script } from './given-runner.js';
import type { ContractEngine, TestApi } from './test-api.js';

export function overlayLifecycleContract(engine: ContractEngine, t: TestApi): void {
  const { it, expect } = t;

  t.describe('the life of an overlay', () => {
    const aSystem = freshSystems(engine, t);

    it('[OVL-4] goes from validated over active to disabled and back, each an event', async () => {
      const system = await aSystem({ echo });
      const manifest = aManifestText({ id: 'echo', exports: ['run'] });
      const module = ScriptedRunner.module('echo');
      const installed = await installOverlay(system.ports, ctx, { manifest, module });
      expect(installed).toMatchObject({
        result: 'installed',
        overlay: { state: 'VALIDATED', trust: 60, version: '1.2.0' },
      });
      expect((await installOverlay(system.ports, ctx, { manifest, module })).result).toBe('unchanged');
      expect((await enableOverlay(system.ports, ctx, 'echo')).state).toBe('ACTIVE');
      const off = await disableOverlay(system.ports, ctx, 'echo', 'maintenance');
      expect(off).toMatchObject({ state: 'DISABLED', reason: 'maintenance' });
      await expect(
        runOverlay(system.ports, ctx, { overlayId: 'echo', handler: 'run', input: 1 }),
      ).rejects.toMatchObject({
        code: 'STATE_CONFLICT',
      });
      await enableOverlay(system.ports, ctx, 'echo');
      const { items } = await system.store.entries({ stream: 'echo', order: 'oldest', limit: 10, cursor: null });
      expect(items.map(({ payload }) => payload?.['state'] ?? 'registered')).toEqual([
        'registered',
        'VALIDATED',
        'ACTIVE',
        'DISABLED',
        'ACTIVE',
      ]);
    });

    it('[OVL-4] begins anew with a new version; one version has one content', async () => {
      const system = await aSystem({ echo, other: echo });
      await system.add('echo');
      const manifest = (version: string, module: string) => ({
        manifest: aManifestText({ id: 'echo', exports: ['run'], version }),
        module: ScriptedRunner.module(module),
        trust: 80,
      });
      await expect(installOverlay(system.ports, ctx, manifest('1.2.0', 'other'))).rejects.toMatchObject({
        code: 'STATE_CONFLICT',
      });
      const { overlay } = await installOverlay(system.ports, ctx, manifest('2.0.0', 'other'));
      expect(overlay).toMatchObject({ state: 'VALIDATED', version: '2.0.0' });
      expect(system.runner.discarded).toContain('echo');
    });

    it('[OVL-5] refuses a module by its name for what is wrong, and keeps nothing of it', async () => {
      const system = await aSystem({ echo });
      const input = {
        manifest: aManifestText({ id: 'echo', exports: ['run', 'more'] }),
        module: ScriptedRunner.module('echo'),
      };
      await expect(installOverlay(system.ports, ctx, input)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        details: { field: 'module', refusal: 'missing_export' },
      });
      const large = { ...input, module: new Uint8Array(3 * 1024 * 1024) };
      await expect(installOverlay(system.ports, ctx, large)).rejects.toMatchObject({ code: 'TOO_LARGE' });
      expect(await system.store.overlays.all()).toEqual([]);
      expect((await system.store.status()).ledgerSize).toBe(1);
    });

    it('[OVL-5] fails one that this runner refuses when it is to be enabled', async () => {
      const { store, ports } = await aSystem({ echo });
      const manifest = aManifestText({ id: 'echo', exports: ['run'] });
      await installOverlay(ports, ctx, { manifest, module: ScriptedRunner.module('echo') });
      const stricter = await aSystem({}, { store });
      await expect(enableOverlay(stricter.ports, ctx, 'echo')).rejects.toMatchObject({
        code: 'STATE_CONFLICT',
        details: { refusal: 'not_a_module' },
      });
      expect(await store.overlays.one('echo')).toMatchObject({ state: 'FAILED', reason: 'there is no script echo' });
      expect((await enableOverlay(ports, ctx, 'echo')).state).toBe('ACTIVE');
    });

    it('[OVL-6] is a reviewer’s matter', async () => {
      const system = await aSystem({ echo });
      const manifest = aManifestText({ id: 'echo', exports: ['run'] });
      const input = { manifest, module: ScriptedRunner.module('echo') };
      await expect(installOverlay(system.ports, aContext(OWNER), input)).rejects.toMatchObject({
        code: 'REVIEWER_REQUIRED',
      });
      await installOverlay(system.ports, ctx, input);
      for (const change of [enableOverlay, disableOverlay]) {
        await expect(change(system.ports, aContext(OWNER), 'echo')).rejects.toMatchObject({
          code: 'REVIEWER_REQUIRED',
        });
      }
      await expect(enableOverlay(system.ports, ctx, 'nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('[OVL-6] holds overlays to the trust that their manifest asks for, and callers too; nothing runs in QUARANTINE', async () => {
      const system = await aSystem({ echo, low: echo, none: echo });
      await expect(system.add('none', { trust_required: 0 }, 30)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
      await expect(system.add('low', { trust_required: 80 }, 60)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
      await system.add('echo', { trust_required: 70 }, 70);
      const run = { overlayId: 'echo', handler: 'run', input: { a: 1 } };
      await expect(runOverlay(system.ports, aContext(OWNER), run)).rejects.toMatchObject({ code: 'POLICY_DENIED' });
      expect((await runOverlay(system.ports, ctx, run)).output).toEqual({ a: 1 });
      expect(await stateOf(system, 'none')).toBe('VALIDATED');
    });

    it('[OVL-7] needs what it depends on active and in range, and is needed by what depends on it', async () => {
      const system = await aSystem({ base: echo, top: echo });
      await expect(system.add('top', { dependencies: [{ id: 'base', version: '^1.0.0' }] })).rejects.toMatchObject({
        code: 'STATE_CONFLICT',
        details: { missing: ['base ^1.0.0 is not active'] },
      });
      await system.add('base');
      await enableOverlay(system.ports, ctx, 'top');
      await expect(disableOverlay(system.ports, ctx, 'base')).rejects.toMatchObject({
        details: { dependents: ['top'] },
      });
      const circle = aManifestText({ id: 'base', exports: ['run'], version: '1.3.0', dependencies: ['top'] });
      await expect(
        installOverlay(system.ports, ctx, { manifest: circle, module: ScriptedRunner.module('base') }),
      ).rejects.toMatchObject({ details: { cycle: ['base', 'top', 'base'] } });
      await disableOverlay(system.ports, ctx, 'top');
      expect((await disableOverlay(system.ports, ctx, 'base')).state).toBe('DISABLED');
    });

    it('[OVL-32] leaves no dependent with what is out of service, and goes down only when told to', async () => {
      const system = await aSystem({ base: echo, top: echo });
      await system.add('base');
      await system.add('top', { dependencies: ['base'] });
      const install = (version: string, trust: number, rest = {}) =>
        installOverlay(system.ports, ctx, {
          manifest: aManifestText({ id: 'base', name: 'base', exports: ['run'], version }),
          module: ScriptedRunner.module('base'),
          trust,
          ...rest,
        });
      expect((await install('1.2.0', 90)).overlay).toMatchObject({ state: 'ACTIVE', trust: 90 });
      expect((await install('1.3.0', 90)).overlay).toMatchObject({ state: 'ACTIVE', version: '1.3.0' });
      await expect(install('1.4.0', 20)).rejects.toMatchObject({
        code: 'STATE_CONFLICT',
        details: { dependents: ['top'] },
      });
      await expect(install('1.1.0', 90)).rejects.toMatchObject({ details: { version: '1.3.0' } });
      expect((await install('1.1.0', 90, { allowDowngrade: true })).overlay).toMatchObject({
        state: 'ACTIVE',
        version: '1.1.0',
      });
    });

    it('[OVL-8] ends in quarantine after three failures in a row, and CORE is immune', async () => {
      const failing: Script = {
        run: (input) => {
          if (input === 'fail') throw new ScriptFault('trap');
          return input;
        },
        health_check: () => ({ healthy: false, reason: 'tired' }),
      };
      const system = await aSystem({ weak: failing, core: failing });
      await system.add('weak');
      await system.add('core', {}, 100);
      const run = (overlayId: string, input: string) =>
        runOverlay(system.ports, ctx, { overlayId, handler: 'run', input });
      for (const input of ['fail', 'fail', 'well', 'fail', 'fail']) await run('weak', input);
      expect(await stateOf(system, 'weak')).toBe('ACTIVE');
      const health = await checkHealth(system.ports, ctx, 'weak');
      expect(health.healthy).toBe(false);
      expect(health.levels[0]).toEqual({ level: 'self_check', healthy: false, reason: 'tired' });
      expect(await system.store.overlays.one('weak')).toMatchObject({
        state: 'QUARANTINED',
        reason: '3 failures in a row, the last one: unhealthy',
      });
      expect(system.runner.discarded.at(-1)).toBe('weak');
      await expect(run('weak', 'well')).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
      for (let i = 0; i < 4; i++) await run('core', 'fail');
      expect(await stateOf(system, 'core')).toBe('ACTIVE');
      await enableOverlay(system.ports, ctx, 'weak');
      expect((await run('weak', 'well')).output).toBe('well');
    });

    it('[OVL-8] is told by its own word, by what it needs, and by how its last runs went', async () => {
      const system = await aSystem({ base: echo, top: { ...echo, health_check: () => ({ healthy: true }) } });
      await system.add('base');
      await system.add('top', { dependencies: ['base'] });
      expect(await checkHealth(system.ports, ctx, 'top')).toEqual({
        healthy: true,
        levels: [
          { level: 'self_check', healthy: true, reason: null },
          { level: 'dependencies', healthy: true, reason: null },
          { level: 'failures', healthy: true, reason: null },
        ],
      });
      expect((await checkHealth(system.ports, ctx, 'base')).levels[0]?.reason).toBe('It has no health_check.');
      await disableOverlay(system.ports, ctx, 'top', 'pause');
      expect(await checkHealth(system.ports, ctx, 'top')).toMatchObject({ healthy: false });
    });
  });
}

const ctx = aContext(REVIEWER);
const echo: Script = { run: (input) => input };
const stateOf = async ({ store }: GivenSystem, id: string) => (await store.overlays.one(id))?.state;
