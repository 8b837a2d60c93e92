/** From receipts back to capsules: the answer to a first run and to a repeat is read in the same way. @module */
import type { Receipt } from '../commit/index.js';
import { DomainError } from '../errors.js';
import type { CapsuleReader } from '../ports/capsule-reader.js';
import type { CapsuleRecord } from './capsule.js';
import type { WriteOutcome } from './inputs.js';

/** What became of a change of standing or state; `capsule` is the version it concerns. */
export interface ChangeOutcome {
  readonly capsule: CapsuleRecord;
  readonly result: 'changed' | 'unchanged';
}

/** @param decidedOn what the decision was made on, by id: whatever stayed unchanged need not be read again */
export async function readWriteOutcomes(
  reader: CapsuleReader,
  receipts: readonly Receipt[],
  decidedOn: ReadonlyMap<string, CapsuleRecord> = new Map(),
): Promise<readonly WriteOutcome[]> {
  const isKnown = ({ id, result }: Receipt): boolean => result === 'unchanged' && decidedOn.has(id);
  const unread = receipts.filter((receipt) => !isKnown(receipt));
  const read = unread.length === 0 ? [] : await readReceipts(reader, unread);
  const capsules = new Map(unread.map(({ id }, i) => [id, read[i]]));
  return receipts.map((receipt) => ({
    capsule: present(isKnown(receipt) ? decidedOn.get(receipt.id) : capsules.get(receipt.id)),
    result: receipt.result as WriteOutcome['result'],
  }));
}

export async function readWriteOutcome(reader: CapsuleReader, receipts: readonly Receipt[]): Promise<WriteOutcome> {
  return single(await readWriteOutcomes(reader, receipts));
}

export async function readChangeOutcome(reader: CapsuleReader, receipts: readonly Receipt[]): Promise<ChangeOutcome> {
  const { id, result } = single(receipts);
  const [capsule] = await readReceipts(reader, [{ id, result }]);
  return { capsule: present(capsule), result: result as ChangeOutcome['result'] };
}

async function readReceipts(
  reader: CapsuleReader,
  receipts: readonly Receipt[],
): Promise<readonly (CapsuleRecord | null)[]> {
  return reader.capsules(receipts.map(({ id }) => id));
}

function single<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined || items.length > 1) throw new Error('expected the outcome of one write');
  return item;
}

function present(capsule: CapsuleRecord | null | undefined): CapsuleRecord {
  if (capsule) return capsule;
  throw new DomainError('CAPSULE_NOT_FOUND', 'The capsule this request was about is no longer there.');
}
