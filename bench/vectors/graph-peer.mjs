/**
 * A graph index (HNSW) as peer. It is not among the project's packages; `npm install --no-save usearch` brings it. Its
 * interface for JavaScript knows no filter, so it is asked for as many as should hold enough permitted ones.
 */
export async function graphPeer(matrix, dimensions) {
  const usearch = await import('usearch').then(
    (module) => module.default,
    () => null,
  );
  if (usearch === null) {
    console.log('usearch is not installed: no graph index stands beside the figures');
    return null;
  }
  const settings = { metric: usearch.MetricKind.Cos, quantization: usearch.ScalarKind.F32, dimensions };
  const index = new usearch.Index({ ...settings, connectivity: 16, expansion_add: 128, expansion_search: 64 });
  const rows = matrix.length / dimensions;
  const started = performance.now();
  index.add(
    BigUint64Array.from({ length: rows }, (_, row) => BigInt(row)),
    matrix,
    1,
  );
  return {
    buildMs: performance.now() - started,
    /** At most `k` permitted rows; fewer when those nearest are not permitted. */
    nearest(query, mask, k, share) {
      const { keys } = index.search(query, Math.ceil(k / share), 1);
      return [...keys]
        .map(Number)
        .filter((row) => mask[row] === 1)
        .slice(0, k);
    },
  };
}
