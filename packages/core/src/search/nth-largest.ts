/** The value that `n` values reach, without sorting them. @module */

/** The `n`th largest of `values`; −Infinity when there are fewer. */
export function nthLargest(values: readonly number[], n: number): number {
  if (values.length < n || n < 1) return -Infinity;
  const left = Float64Array.from(values);
  let low = 0;
  let high = left.length - 1;
  const wanted = n - 1;
  while (low < high) {
    // Hoare's selection: what is larger than the pivot goes to the front, until the wanted place is all that is left.
    const pivot = left[(low + high) >>> 1]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (left[i]! > pivot) i++;
      while (left[j]! < pivot) j--;
      if (i > j) break;
      const other = left[i]!;
      left[i++] = left[j]!;
      left[j--] = other;
    }
    if (wanted <= j) high = j;
    else if (wanted >= i) low = i;
    else break;
  }
  return left[wanted]!;
}
