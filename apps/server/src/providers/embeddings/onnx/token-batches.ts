/**
 * Between texts and tensors: which rows are run together, and how a row of token vectors becomes one vector.
 * @module
 */

/** Tokens of one run, padding included. Larger runs are no faster on a CPU and keep a waiting question waiting longer. */
const MAX_BATCH_TOKENS = 2_048;
/** Texts of one run, for a model that gives a text the same vector whatever is run beside it. */
export const MAX_BATCH_ROWS = 32;

/** A text as the model reads it. */
export interface TokenRow {
  /** Which text it is. */
  readonly at: number;
  readonly ids: readonly number[];
}

/** `ids` cut to `most`, keeping the last one, which ends every text. */
export function cutIds(ids: readonly number[], most: number): readonly number[] {
  return ids.length <= most ? ids : [...ids.slice(0, most - 1), ids.at(-1)!];
}

/** Rows of about one length together, so that little of a run is padding. */
export function batchesOf(rows: readonly TokenRow[], maxRows = MAX_BATCH_ROWS): TokenRow[][] {
  const batches: TokenRow[][] = [];
  let current: TokenRow[] = [];
  for (const row of rows.toSorted((a, b) => a.ids.length - b.ids.length)) {
    const full = current.length >= maxRows || row.ids.length * (current.length + 1) > MAX_BATCH_TOKENS;
    if (current.length > 0 && full) {
      batches.push(current);
      current = [];
    }
    current.push(row);
  }
  if (current.length > 0) batches.push(current);
  return batches;
}

/** The tensors of a batch, row after row, `width` tokens each. */
export interface BatchInput {
  readonly width: number;
  readonly ids: BigInt64Array;
  /** 1 for a token, 0 for padding. */
  readonly mask: BigInt64Array;
}

export function batchInput(batch: readonly TokenRow[]): BatchInput {
  const width = Math.max(1, ...batch.map(({ ids }) => ids.length));
  const ids = new BigInt64Array(batch.length * width);
  const mask = new BigInt64Array(batch.length * width);
  for (const [row, { ids: tokens }] of batch.entries()) {
    for (const [at, token] of tokens.entries()) {
      ids[row * width + at] = BigInt(token);
      mask[row * width + at] = 1n;
    }
  }
  return { width, ids, mask };
}

/** One vector per row from the vectors of its tokens, padding left out; not yet of length 1. */
export function pooledRows(
  tokens: Float32Array,
  batch: readonly TokenRow[],
  width: number,
  dimensions: number,
  pooling: 'mean' | 'cls',
): Float32Array[] {
  return batch.map(({ ids }, row) => {
    const count = pooling === 'cls' ? 1 : ids.length;
    const sums = new Float64Array(dimensions);
    for (let token = 0; token < count; token++) {
      const from = (row * width + token) * dimensions;
      for (let i = 0; i < dimensions; i++) sums[i] = sums[i]! + tokens[from + i]!;
    }
    return Float32Array.from(sums, (sum) => sum / Math.max(1, count));
  });
}
