/** `forge verify`. @module */
import { readFile } from 'node:fs/promises';
import type { VerifyReport } from '@forge-cascade/core';
import { verifyStore } from '@forge-cascade/server';
import type { CommandContext } from '../command-context.js';
import { createProgress } from '../output/progress.js';
import { readSettings } from '../store-config.js';

interface Flags {
  readonly since?: string;
  readonly key?: readonly string[];
}

const SHOWN_FINDINGS = 50;
const LABELS = { ledger: 'Hashing the ledger', state: 'Comparing the capsules' } as const;

export async function verifyCommand(context: CommandContext, _args: readonly string[], flags: Flags): Promise<void> {
  const settings = readSettings(context.surroundings.env, { data: context.ownStore('verify').dataDir });
  const progress = createProgress(context.terminal);
  const report = await verifyStore(settings, {
    ...(flags.since === undefined ? {} : { since: await readFile(flags.since, 'utf8') }),
    ...(flags.key === undefined ? {} : { verifierKeys: flags.key }),
    onProgress: ({ phase, done, total }) => {
      progress.stage(LABELS[phase], total ?? done);
      progress.advanceTo(done);
    },
  });
  progress.end();
  context.print(report, () => describe(context, report));
  if (!report.ok) context.fail();
}

function describe({ paint }: CommandContext, report: VerifyReport): string {
  const lines = [
    report.ok ? paint('green', 'Clean.') : paint('red', `${report.findings.length + report.more} findings.`),
    `${report.entries} entries, ${report.capsules} capsules; root ${report.root}`,
    `ledger ${report.origin ?? '(unnamed)'}`,
  ];
  if (report.unsettled > 0) lines.push(`${report.unsettled} capsules await a trust change that is on its way to them.`);
  for (const { kind, message } of report.findings.slice(0, SHOWN_FINDINGS))
    lines.push(`  ${paint('red', kind)}  ${message}`);
  const more = report.findings.length + report.more - SHOWN_FINDINGS;
  if (more > 0) lines.push(`  … ${more} more (--json lists those kept)`);
  return lines.join('\n');
}
