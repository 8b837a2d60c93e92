/** Nearest neighbours in plain JavaScript over 32-bit floats: what the index is compared with and must agree with. */

/**
 * The `k` best permitted rows, best first.
 * @param {Float32Array} matrix unit vectors, row by row
 * @param {Float32Array} query a unit vector
 * @param {Uint8Array} mask 1 for each permitted row
 */
export function bruteForce(matrix, query, mask, k) {
  const dimensions = query.length;
  const best = [];
  for (let row = 0; row < mask.length; row++) {
    if (mask[row] !== 1) continue;
    const at = row * dimensions;
    // Four sums at once, or each addition would wait for the one before.
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let i = 0; i < dimensions; i += 4) {
      a += matrix[at + i] * query[i];
      b += matrix[at + i + 1] * query[i + 1];
      c += matrix[at + i + 2] * query[i + 2];
      d += matrix[at + i + 3] * query[i + 3];
    }
    const score = a + b + c + d;
    if (best.length === k && score <= best[k - 1].score) continue;
    best.push({ row, score });
    best.sort((x, y) => y.score - x.score);
    if (best.length > k) best.pop();
  }
  return best.map(({ row }) => row);
}
