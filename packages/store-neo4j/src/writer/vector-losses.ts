/**
 * Capsules whose vectors were damaged or are gone. Each has a `VectorLoss` node per model: lost while it has no `repair`,
 * made anew by the repair of that number. The model's mark counts these changes, so that other processes notice.
 * @module
 */
import type { Statements } from '../connection.js';
import { wholePassages } from '../passage-rows.js';
import type { Row } from '../values.js';
import type { CapsuleVectors } from '@forge-cascade/core/engine';

/** A model's capsules that a reader could not make sense of. */
export interface LostVectors {
  /** The model's number. */
  readonly model: number;
  /** Their places in the ledger. */
  readonly capsules: readonly number[];
}

// The index over the place of a passage is used only when all of it is asked about.
const STORED = `UNWIND $capsules AS seq OPTIONAL MATCH (p:Passage {model: $n, capsule: seq}) WHERE p.ordinal >= 0
  RETURN seq, p.ordinal AS passage, p.bytes AS bytes ORDER BY seq, passage`;
const FORGET = `UNWIND $capsules AS seq MATCH (p:Passage {model: $n, capsule: seq}) WHERE p.ordinal >= 0 DETACH DELETE p`;
const LOSE = `UNWIND $capsules AS seq MERGE (l:VectorLoss {model: $n, capsule: seq}) REMOVE l.repair, l.passages`;
const REPAIR = `UNWIND $rows AS row MERGE (l:VectorLoss {model: $n, capsule: row.seq})
  SET l.repair = $repair, l.passages = row.passages`;
const LOST = `UNWIND $capsules AS seq MATCH (l:VectorLoss {model: $n, capsule: seq}) WHERE l.repair IS NULL RETURN seq`;
const RECOUNT = `MATCH (m:VectorModel {n: $n})
  SET m.mark = [m.mark[0], COUNT { MATCH (p:Passage) WHERE p.model = $n AND p.capsule > 0 AND p.ordinal >= 0 }, $repair]`;

/**
 * Makes capsules missing again, under the ledger's lock. A reader may have seen a put by halves: those that are whole now
 * stay, and are read again.
 */
export async function loseVectors(
  statements: Statements,
  { model: n, capsules }: LostVectors,
  { dimensions, repairs }: { readonly dimensions: number; readonly repairs: number },
): Promise<void> {
  const stored = new Map(capsules.map((seq): [number, Row[]] => [seq, []]));
  for (const row of await statements.run(STORED, { n, capsules })) {
    if (row['passage'] !== null) stored.get(Number(row['seq']))?.push(row);
  }
  const lost: number[] = [];
  const whole: { seq: number; passages: number }[] = [];
  for (const [seq, rows] of stored) {
    if (rows.length > 0 && wholePassages(rows, dimensions) !== null) whole.push({ seq, passages: rows.length });
    else lost.push(seq);
  }
  const repair = repairs + 1;
  await statements.run(FORGET, { n, capsules: lost });
  await statements.run(LOSE, { n, capsules: lost });
  await statements.run(REPAIR, { n, rows: whole, repair });
  await statements.run(RECOUNT, { n, repair });
}

/** Which of these capsules are lost and not made anew yet. */
export async function lostAmong(statements: Statements, n: number, capsules: readonly number[]): Promise<Set<number>> {
  if (capsules.length === 0) return new Set();
  return new Set((await statements.run(LOST, { n, capsules })).map(({ seq }) => Number(seq)));
}

/** Notes that these capsules are given vectors anew; what is left of the old ones goes. */
export async function repairVectors(
  statements: Statements,
  n: number,
  capsules: readonly CapsuleVectors[],
  repair: number,
): Promise<void> {
  await statements.run(FORGET, { n, capsules: capsules.map(({ seq }) => seq) });
  const rows = capsules.map(({ seq, passages }) => ({ seq, passages: passages.length }));
  await statements.run(REPAIR, { n, rows, repair });
}
