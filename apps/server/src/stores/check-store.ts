/** Everything that can be wrong with a store at rest: its make-up, its numbers, and its ledger with all proofs. @module */
import type { CheckLine } from '@forge-cascade/core';
import type { ConnectionOptions } from '@forge-cascade/store-neo4j';
import { checkDataFolder } from '@forge-cascade/store-sqlite';
import { verifyStore, type StoreHome, type VerifyStoreOptions } from './open-store.js';

export interface StoreCheck {
  readonly ok: boolean;
  readonly lines: readonly CheckLine[];
}

/** @throws DomainError NOT_FOUND without a store; those of opening it else. */
export async function checkStore(
  home: Pick<StoreHome, 'store' | 'dataDir'>,
  options: VerifyStoreOptions,
): Promise<StoreCheck> {
  const { store } = home;
  const parts =
    store.engine === 'sqlite' ? await checkDataFolder(store.dataDir) : await checkDatabase(store.connection);
  const report = await verifyStore(home, options);
  const findings = Object.entries(report.counts).map(([kind, count]): CheckLine => {
    const first = report.findings.find((finding) => finding.kind === kind);
    return { area: 'ledger', name: kind, ok: false, found: `${count} × ${first?.message ?? ''}` };
  });
  const proofs: CheckLine = {
    area: 'ledger',
    name: 'proofs',
    ok: report.ok,
    found: `${report.size} entries, root ${report.root}`,
  };
  const lines = [...parts, proofs, ...findings];
  return { ok: lines.every(({ ok }) => ok), lines };
}

async function checkDatabase(connection: ConnectionOptions): Promise<readonly CheckLine[]> {
  const { checkNeo4jStore } = await import('@forge-cascade/store-neo4j');
  return checkNeo4jStore(connection);
}
