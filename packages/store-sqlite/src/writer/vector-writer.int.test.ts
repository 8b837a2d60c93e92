import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../driver.js';
import { prepareSchema } from '../schema.js';
import { encodeVectors } from '../vector-message.js';
import { VectorWriter } from './vector-writer.js';

let dir: string;
let db: Database;
let writer: VectorWriter;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'forge-vector-writer-'));
  db = openDatabase(join(dir, 'forge.db'));
  prepareSchema(db);
  writer = new VectorWriter(db);
});

afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true, force: true });
});

const count = (table: string): number => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
const numberOf = (model: string): number =>
  Number(db.prepare('SELECT n FROM vector_model WHERE name = ?').get(model)?.['n']);

describe('what the search thread says of a model that serves no more', () => {
  it.each([
    ['dropped', 0],
    ['forgotten', 9],
  ])('[STO-88] is not written once it was %s', (_, slices) => {
    const passages = [{ start: 0, end: 1, vector: Float32Array.of(1, 0) }];
    for (const model of ['a', 'b']) {
      writer.begin(model, 2);
      writer.put(encodeVectors(model, 2, [{ seq: 2, passages }]));
    }
    const model = numberOf('a');
    writer.serve('a');
    const late = { model, drop: [], add: [{ first: 0, documents: 8_192, bytes: new Uint8Array(32) }] };
    writer.saveSegments(late);
    expect(count('vector_segment')).toBe(1);
    writer.serve(null);
    for (let i = 0; i < slices; i++) writer.prune();
    const left = { segments: slices === 0 ? 1 : 0, losses: 0 };
    writer.saveSegments({ ...late, add: late.add.map((segment) => ({ ...segment, first: 8_192 })) });
    writer.lose({ model, capsules: [2] });
    expect({ segments: count('vector_segment'), losses: count('vector_loss') }).toEqual(left);
    while (writer.prune());
    for (const table of ['vector_segment', 'vector_loss', 'vector_model', 'vector']) expect(count(table)).toBe(0);
  });
});
