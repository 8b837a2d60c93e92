/**
 * Tables, indexes, triggers and views of a database that are not those the engine makes. A trigger changes what is
 * written after the ledger was, and a table that is gone or another one answers for it: no stored row shows either.
 * @module
 */
import { openDatabase, type Database } from '../driver.js';
import { makeSchema, SCHEMA_VERSION } from '../schema.js';

export interface SchemaFault {
  /** Such as `table capsule`. */
  readonly name: string;
  readonly fault: 'missing' | 'differs' | 'added';
}

/** Held against the schema of the database's own format, which a folder keeps until it is opened by a newer version. */
export function schemaFaults(db: Database): SchemaFault[] {
  const [expected, actual] = [schemaOf(formatOf(db)), objectsOf(db)];
  return [
    ...[...expected].flatMap(([name, sql]): SchemaFault[] => {
      const own = actual.get(name);
      return own === sql ? [] : [{ name, fault: own === undefined ? 'missing' : 'differs' }];
    }),
    ...[...actual.keys()].flatMap((name): SchemaFault[] => (expected.has(name) ? [] : [{ name, fault: 'added' }])),
  ];
}

/** Empty ones of this connection alone stand in for tables that are gone, so that all that is missing can be named. */
export function standInForMissing(db: Database, faults: readonly SchemaFault[]): void {
  const expected = schemaOf(formatOf(db));
  for (const { name, fault } of faults) {
    if (fault === 'missing' && name.startsWith('table ')) {
      db.exec((expected.get(name) ?? '').replace(/^CREATE TABLE/, 'CREATE TEMP TABLE'));
    }
  }
}

/** By kind and name, the statement that made each. */
export function objectsOf(db: Database): Map<string, string> {
  const rows = db
    .prepare(
      "SELECT type || ' ' || name AS name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*'",
    )
    .all();
  return new Map(rows.map(({ name, sql }) => [String(name), String(sql)]));
}

function schemaOf(format: number): Map<string, string> {
  const model = openDatabase(':memory:');
  try {
    makeSchema(model, format);
    return objectsOf(model);
  } finally {
    model.close();
  }
}

/** The newest where the database names none that there is. */
function formatOf(db: Database): number {
  const format = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  return format >= 1 && format <= SCHEMA_VERSION ? format : SCHEMA_VERSION;
}
