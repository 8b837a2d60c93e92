/** Ranks from 0, ties sharing their mean. */
function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = values.map(() => 0);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && values[order[to] ?? 0] === values[order[from] ?? 0]) to++;
    for (let i = from; i < to; i++) ranks[order[i] ?? 0] = (from + to - 1) / 2;
    from = to;
  }
  return ranks;
}

/** Spearman's: 1 for the same order, -1 for the reverse. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranksOf(a), ranksOf(b)];
  const mean = (x.length - 1) / 2;
  let [both, ofX, ofY] = [0, 0, 0];
  x.forEach((rank, index) => {
    const other = (y[index] ?? 0) - mean;
    both += (rank - mean) * other;
    ofX += (rank - mean) ** 2;
    ofY += other ** 2;
  });
  return both / Math.sqrt(ofX * ofY);
}

/** Chance that one labelled 1 scores higher than one labelled 0. */
export function areaUnderCurve(scores: readonly number[], labels: readonly number[]): number {
  const ranks = ranksOf(scores);
  const unusual = labels.filter((label) => label === 1).length;
  const sum = ranks.reduce((total, rank, index) => total + (labels[index] === 1 ? rank : 0), 0);
  return (sum - (unusual * (unusual - 1)) / 2) / (unusual * (labels.length - unusual));
}
