/** What is kept of vectors, and what is missing. @module */
import { assertLimit, unknownModel, type UnembeddedCapsule, type VectorModel } from '@forge-cascade/core/engine';
import type { Database, Statement } from '../driver.js';
import { text } from './capsule-rows.js';

export class VectorRows {
  readonly #models: Statement;
  readonly #model: Statement;
  readonly #lost: Statement;
  readonly #after: Statement;

  constructor(db: Database) {
    this.#models = db.prepare(
      `SELECT name, dimensions, serving, (SELECT count(*) FROM capsule) AS capsules,
              (SELECT count(*) FROM capsule WHERE seq > up_to)
                + (SELECT count(*) FROM vector_loss WHERE model = n AND refill IS NULL) AS lag
         FROM vector_model WHERE dropped = 0 ORDER BY n`,
    );
    this.#model = db.prepare('SELECT n, up_to FROM vector_model WHERE name = ? AND dropped = 0');
    const capsules = 'SELECT c.seq, c.title, t.text FROM capsule c LEFT JOIN content t ON t.seq = c.seq';
    this.#lost = db.prepare(
      `${capsules} WHERE c.seq IN (SELECT capsule FROM vector_loss WHERE model = ? AND refill IS NULL)
        ORDER BY c.seq LIMIT ?`,
    );
    this.#after = db.prepare(`${capsules} WHERE c.seq > ? ORDER BY c.seq LIMIT ?`);
  }

  models(): VectorModel[] {
    return this.#models.all().map((row) => {
      const lag = Number(row['lag']);
      return {
        model: String(row['name']),
        dimensions: Number(row['dimensions']),
        embedded: Number(row['capsules']) - lag,
        lag,
        serving: row['serving'] === 1,
      };
    });
  }

  missing(model: string, limit: number): UnembeddedCapsule[] {
    assertLimit(limit, 500);
    const row = this.#model.get(model);
    if (row === undefined) throw unknownModel(model);
    const lost = this.#lost.all(Number(row['n']), limit);
    const missing = [...lost, ...this.#after.all(Number(row['up_to']), limit - lost.length)];
    return missing.map((capsule) => ({
      seq: Number(capsule['seq']),
      title: text(capsule['title']),
      content: String(capsule['text'] ?? ''),
    }));
  }
}
