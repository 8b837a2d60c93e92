/** `forge store`. @module */
import type { CheckLine, MigrationPhase, MigrationReport } from '@forge-cascade/core';
import {
  addressOption,
  checkStore,
  moveStore,
  StoreAddressError,
  type StoreAddress,
  type StoreCheck,
} from '@forge-cascade/server';
import type { CommandContext } from '../command-context.js';
import { createProgress } from '../output/progress.js';
import { renderTable } from '../output/table.js';
import { readSettings } from '../store-config.js';
import { UsageError } from '../usage-error.js';

interface MigrateFlags {
  readonly from: string;
  readonly to: string;
  readonly again?: boolean;
}

const LABELS: Readonly<Record<MigrationPhase, string>> = {
  checking: 'Checking the source',
  copying: 'Copying the ledger',
  promises: 'Copying what is promised',
  vectors: 'Copying vectors',
  verifying: 'Verifying the copy',
};

export async function migrateCommand(
  context: CommandContext,
  _args: readonly string[],
  flags: MigrateFlags,
): Promise<void> {
  const { dataDir, ledgerKey } = settingsOf(context);
  const progress = createProgress(context.terminal);
  const started = performance.now();
  const report = await moveStore({
    from: addressIn(context, '--from', flags.from),
    to: addressIn(context, '--to', flags.to),
    again: flags.again ?? false,
    dataDir,
    ledgerKey,
    onProgress: (phase, done, total) => {
      progress.stage(LABELS[phase], total);
      progress.advanceTo(done);
    },
  });
  progress.end();
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  context.print({ ...report, seconds }, () => describe(context, report, seconds));
}

function describe({ paint }: CommandContext, report: MigrationReport, seconds: number): string {
  const { from, to, capsules, copied, promises } = report;
  const wrong = Object.entries(report.madeAnew).map(([kind, count]) => `${kind} ${count}`);
  return [
    `${paint('green', 'Moved and verified.')} (${seconds.toFixed(1)} s)`,
    `from ${from.engine}, ledger ${from.origin}: ${from.size} entries, root ${from.root}; sealed`,
    `to ${to.engine}, ledger ${to.origin}: ${to.size} entries, root ${to.root}`,
    `${capsules} capsules; this run copied ${copied.entries} entries and the vectors of ${copied.vectors} capsules`,
    `${promises.claims} claims, ${promises.leases} leases, ${promises.messages} messages`,
    ...(wrong.length === 0
      ? []
      : [paint('yellow', `made anew from the ledger, because the source was wrong: ${wrong.join(', ')}`)]),
  ].join('\n');
}

export async function checkCommand(context: CommandContext): Promise<void> {
  context.ownStore('store check');
  const progress = createProgress(context.terminal);
  const check = await checkStore(settingsOf(context), {
    onProgress: ({ phase, done, total }) => {
      progress.stage(phase === 'ledger' ? 'Hashing the ledger' : 'Comparing the capsules', total ?? done);
      progress.advanceTo(done);
    },
  });
  progress.end();
  context.print(check, () => tableOf(context, check));
  if (!check.ok) context.fail();
}

function tableOf({ paint, terminal }: CommandContext, { ok, lines }: StoreCheck): string {
  const wrong = lines.filter((line) => !line.ok);
  const verdict = ok
    ? paint('green', 'Nothing is wrong.')
    : `${paint('red', `${wrong.length} wrong:`)} ${wrong.map(({ name }) => name).join(', ')}`;
  const table = renderTable<CheckLine>(
    lines,
    [
      { head: 'AREA', of: ({ area }) => area },
      { head: 'WHAT', of: ({ name }) => name },
      { head: '', of: (line) => (line.ok ? 'ok' : 'WRONG') },
      { head: 'FOUND', of: ({ found }) => found, flexible: true },
    ],
    terminal.columns,
    paint,
  );
  return `${table}${verdict}\n`;
}

function settingsOf(context: CommandContext): ReturnType<typeof readSettings> {
  return readSettings(context.surroundings.env, { data: context.settings.dataDir });
}

/** @throws UsageError for an address that cannot be used; it is not quoted. */
function addressIn(context: CommandContext, name: string, text: string): StoreAddress {
  try {
    return addressOption(name, text, context.surroundings.env);
  } catch (error) {
    throw error instanceof StoreAddressError ? new UsageError(error.message) : error;
  }
}
