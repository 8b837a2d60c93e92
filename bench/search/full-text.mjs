/**
 * The peer: SQLite FTS5 with its porter stemmer and bm25(), a contentless index beside a table for filters. It ranks
 * only; choosing a passage and reading the capsule, which the port's times include, are not asked of it.
 */
import { DatabaseSync } from '@photostructure/sqlite';

const GROUP = 1_000;

export function openFullText(path) {
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456;
    CREATE TABLE doc(id INTEGER PRIMARY KEY, tagged INTEGER NOT NULL, trust INTEGER NOT NULL);
    CREATE VIRTUAL TABLE fts USING fts5(title, body, content='', tokenize='porter unicode61');`);
  const addDoc = db.prepare('INSERT INTO doc VALUES (?, ?, ?)');
  const addText = db.prepare('INSERT INTO fts(rowid, title, body) VALUES (?, ?, ?)');
  const ranked = (restriction) =>
    db.prepare(
      `SELECT rowid, bm25(fts, 1.5, 1) AS score FROM fts WHERE fts MATCH ? ${restriction} ORDER BY score LIMIT 10`,
    );
  const everything = ranked('');
  // Asked per match: by `rowid IN (…)` the planner would run the whole query again for every tagged row.
  const tagged = ranked('AND (SELECT tagged FROM doc WHERE id = fts.rowid) = 1');
  const trusted = ranked('AND (SELECT trust FROM doc WHERE id = fts.rowid) >= 60');
  let count = 0;
  return {
    add({ title, content, tagged: isTagged, trust }) {
      if (count % GROUP === 0) db.exec('BEGIN');
      count++;
      addDoc.run(count, isTagged ? 1 : 0, trust);
      addText.run(count, title, content);
      if (count % GROUP === 0) db.exec('COMMIT');
    },
    /** Merges the index into one, which is its best case. */
    ready() {
      if (count % GROUP !== 0) db.exec('COMMIT');
      db.exec("INSERT INTO fts(fts) VALUES ('optimize')");
    },
    search(query, filter) {
      const statement = filter.tags !== undefined ? tagged : filter.minTrust !== undefined ? trusted : everything;
      return statement.all(
        query
          .split(' ')
          .map((word) => `"${word}"`)
          .join(' OR '),
      );
    },
    bytes: () => db.prepare('SELECT sum(length(block)) AS bytes FROM fts_data').get().bytes,
    close: () => db.close(),
  };
}
