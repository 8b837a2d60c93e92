/** Reading long lists without holding them. @module */
import type { Connection, Parameters } from '../connection.js';
import type { Row, Value } from '../values.js';

const PAGE = 1_000;

/** Rows of a statement that takes `$after` and `$limit` and returns ascending `place`s beyond `$after`. */
export async function* pagesOf(
  connection: Connection,
  cypher: string,
  first: number | string,
  parameters: Parameters = {},
): AsyncGenerator<Row> {
  for (let after: Value = first; ;) {
    const rows: Row[] = await connection.read(cypher, { ...parameters, after, limit: PAGE });
    yield* rows;
    if (rows.length < PAGE) return;
    after = rows.at(-1)?.['place'] ?? null;
  }
}
