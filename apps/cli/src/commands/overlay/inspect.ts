/** `forge overlay inspect`. @module */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CAPABILITIES, CAPABILITY_OF_CALL, MANIFEST_LIMITS, type OverlayManifest } from '@forge-cascade/core';
import type { ModuleReport, ModuleRules, Refusal } from '@forge-cascade/overlay-runtime';
import type { CommandContext } from '../../command-context.js';
import { fileAt, manifestAt } from './manifest-at.js';

interface Flags {
  readonly manifest?: string;
}

/** Fails for a module that would be refused. */
export async function inspectCommand(
  context: CommandContext,
  [path = '']: readonly string[],
  flags: Flags,
): Promise<void> {
  const { grantedFunctions, inspectModule } = await import('@forge-cascade/overlay-runtime');
  const bytes = await fileAt(path, 'Name a .wasm file, such as build/overlay.wasm.');
  const manifestPath = flags.manifest ?? besides(path);
  const manifest = manifestPath === null ? null : await manifestAt(manifestPath, 'Name the manifest with --manifest.');
  const rules: ModuleRules = {
    imports: grantedFunctions(manifest?.capabilities ?? CAPABILITIES),
    handlers: manifest?.exports ?? [],
    memoryPages: manifest?.memoryLimitPages ?? MANIFEST_LIMITS.memoryLimitPages,
  };
  const { report: read, refusals } = inspectModule(new Uint8Array(bytes), rules);
  const report = read && withCapabilities(read);
  const accepted = refusals.length === 0;
  if (!accepted) context.fail();
  const limits = manifest === null ? null : limitsOf(manifest);
  const body = { path, manifest: manifestPath, accepted, report, limits, refusals };
  context.print(body, () =>
    [
      ...(report === null ? [] : shown(context, report)),
      ...(limits === null
        ? ['Held to the ABI alone: there is no manifest.']
        : [`Held to ${manifestPath ?? ''}:`, ...shownLimits(limits)]),
      ...refusals.map((refusal) => reason(context, refusal)),
      accepted
        ? context.paint('green', 'It would be accepted.')
        : context.paint(
            'red',
            `It would be refused, for ${refusals.length === 1 ? 'one reason' : `${refusals.length} reasons`}.`,
          ),
    ].join('\n'),
  );
}

function shown(context: CommandContext, report: ReturnType<typeof withCapabilities>): readonly string[] {
  const { memory, tables, functions, start } = report;
  const pages = memory === null ? 'none' : `${memory.minimum} to ${memory.maximum ?? 'any'} pages of 64 KiB`;
  const list = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [`${title}: none`] : [title, ...lines.map((line) => `  ${line}`)];
  return [
    `${report.bytes} bytes, sha256 ${context.paint('dim', report.sha256)}`,
    `${functions} functions${start ? ', a start function' : ''}; memory ${pages}; ${tables.length} tables; metered by ${report.instrumenter}`,
    ...list(
      'Imports',
      report.imports.map(
        ({ name, type, capability }) => `${name.padEnd(22)}${type.padEnd(26)}${capability ?? 'needs no capability'}`,
      ),
    ),
    ...list(
      'Exports',
      report.exports.map(({ name, kind, type }) => `${name.padEnd(22)}${type ?? kind}`),
    ),
  ];
}

/** What the manifest bounds its calls to. */
const limitsOf = ({ fuelBudget, deadlineMs, memoryLimitPages, trustRequired, allowedHosts }: OverlayManifest) => ({
  fuel_budget: fuelBudget,
  deadline_ms: deadlineMs,
  memory_limit_pages: memoryLimitPages,
  trust_required: trustRequired,
  allowed_hosts: allowedHosts,
});

function shownLimits(limits: ReturnType<typeof limitsOf>): readonly string[] {
  const { fuel_budget: fuel, deadline_ms: ms, memory_limit_pages: pages, allowed_hosts: hosts } = limits;
  return [
    `  a call ends after ${ms} ms; memory of ${pages} pages at most; trust of ${limits.trust_required} or more`,
    ...Object.entries(fuel).map(([name, most]) => `  ${name.padEnd(22)}${most} fuel a call`),
    `  hosts: ${hosts.length === 0 ? 'none' : hosts.join(', ')}`,
  ];
}

function withCapabilities(report: ModuleReport) {
  const needs: Readonly<Record<string, string | null>> = CAPABILITY_OF_CALL;
  return {
    ...report,
    imports: report.imports.map((one) => ({ ...one, capability: needs[one.name.replace(/^host\./, '')] ?? null })),
  };
}

function reason(context: CommandContext, { code, offset, message, advice }: Refusal): string {
  const where = offset === null ? '' : ` at byte ${offset}`;
  return `${context.paint('red', '✗')} ${code}${where}: ${message} ${advice}`;
}

/** What a build leaves beside the module. */
function besides(path: string): string | null {
  const manifest = join(dirname(path), 'manifest.json');
  return existsSync(manifest) ? manifest : null;
}
