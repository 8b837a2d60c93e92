/** Order statistics of latencies. */

/** `{ p50, p95, p99, most, count }` of samples in any order and unit. */
export function percentiles(samples) {
  const sorted = Float64Array.from(samples).sort();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), most: sorted.at(-1), count: sorted.length };
}

/** The middle one of a few rounds: one disturbed round does not decide. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** The round by round median of each order statistic. */
export function medianOf(rounds) {
  return {
    p50: median(rounds.map(({ p50 }) => p50)),
    p95: median(rounds.map(({ p95 }) => p95)),
    most: Math.max(...rounds.map(({ most }) => most)),
    count: rounds.reduce((sum, { count }) => sum + count, 0),
  };
}

/** Milliseconds that `work` takes, with what it resolves to. */
export async function timed(work) {
  const started = performance.now();
  const value = await work();
  return { ms: performance.now() - started, value };
}

/** Latencies of `times` runs of `work(i)`, one after the other. */
export async function latencies(times, work) {
  const samples = [];
  for (let i = 0; i < times; i++) samples.push((await timed(() => work(i))).ms);
  return samples;
}
