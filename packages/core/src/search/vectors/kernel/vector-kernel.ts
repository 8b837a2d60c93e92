/**
 * The inner loops of the vector index, in AssemblyScript. `node tools/build-kernel.mjs` compiles them into
 * `../kernel-bytes.ts`. The caller owns the memory and guarantees that every address is inside it.
 *
 * A row is `stride` signed bytes (a multiple of 16, zeros behind the vector's end). A query is `stride` signed 16-bit
 * numbers, small enough for every sum of products to fit 32 bits.
 * @module
 */

/** Dot products of `count` rows that follow each other, as f32 from `out` on. */
export function scoreRange(query: usize, rows: usize, stride: usize, count: i32, out: usize): void {
  for (let i = 0; i < count; i++) {
    store<f32>(out + ((<usize>i) << 2), scoreOne(query, rows + <usize>i * stride, stride));
  }
}

/** Dot products of the rows whose numbers stand in `list`. Up to three more numbers are written behind theirs. */
export function scoreList(query: usize, rows: usize, stride: usize, list: usize, count: i32, out: usize): void {
  const last = count - 1;
  for (let i = 0; i < count; i += 4) {
    // A group that is not full repeats its last row.
    const a = rowAt(rows, stride, list, i);
    const b = rowAt(rows, stride, list, min(i + 1, last));
    const c = rowAt(rows, stride, list, min(i + 2, last));
    const d = rowAt(rows, stride, list, min(i + 3, last));
    v128.store(out + ((<usize>i) << 2), scoreFour(query, a, b, c, d, stride));
  }
}

function rowAt(rows: usize, stride: usize, list: usize, place: i32): usize {
  return rows + <usize>load<u32>(list + ((<usize>place) << 2)) * stride;
}

/**
 * Rows that follow each other, one at a time: memory is read in one stream, which processors foresee. In fours they take
 * up to three times as long once there are more than the caches hold.
 */
function scoreOne(query: usize, row: usize, stride: usize): f32 {
  let a = i32x4.splat(0);
  let b = i32x4.splat(0);
  let c = i32x4.splat(0);
  let d = i32x4.splat(0);
  const pairs = stride & ~31;
  for (let at: usize = 0; at < pairs; at += 32) {
    const numbers = query + (at << 1);
    const bytes = row + at;
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load(numbers), v128.load_ext<i8>(bytes)));
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load(numbers, 16), v128.load_ext<i8>(bytes, 8)));
    c = i32x4.add(c, i32x4.dot_i16x8_s(v128.load(numbers, 32), v128.load_ext<i8>(bytes, 16)));
    d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load(numbers, 48), v128.load_ext<i8>(bytes, 24)));
  }
  if (pairs !== stride) {
    const numbers = query + (pairs << 1);
    const bytes = row + pairs;
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load(numbers), v128.load_ext<i8>(bytes)));
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load(numbers, 16), v128.load_ext<i8>(bytes, 8)));
  }
  const sums = i32x4.add(i32x4.add(a, b), i32x4.add(c, d));
  return <f32>(
    (i32x4.extract_lane(sums, 0) +
      i32x4.extract_lane(sums, 1) +
      i32x4.extract_lane(sums, 2) +
      i32x4.extract_lane(sums, 3))
  );
}

/** Scattered rows, four at a time: the waits for memory overlap. */
function scoreFour(query: usize, a: usize, b: usize, c: usize, d: usize, stride: usize): v128 {
  let sumA = i32x4.splat(0);
  let sumB = i32x4.splat(0);
  let sumC = i32x4.splat(0);
  let sumD = i32x4.splat(0);
  for (let at: usize = 0; at < stride; at += 16) {
    const low = v128.load(query + (at << 1));
    const high = v128.load(query + (at << 1), 16);
    sumA = i32x4.add(sumA, i32x4.dot_i16x8_s(low, v128.load_ext<i8>(a + at)));
    sumB = i32x4.add(sumB, i32x4.dot_i16x8_s(low, v128.load_ext<i8>(b + at)));
    sumC = i32x4.add(sumC, i32x4.dot_i16x8_s(low, v128.load_ext<i8>(c + at)));
    sumD = i32x4.add(sumD, i32x4.dot_i16x8_s(low, v128.load_ext<i8>(d + at)));
    sumA = i32x4.add(sumA, i32x4.dot_i16x8_s(high, v128.load_ext<i8>(a + at, 8)));
    sumB = i32x4.add(sumB, i32x4.dot_i16x8_s(high, v128.load_ext<i8>(b + at, 8)));
    sumC = i32x4.add(sumC, i32x4.dot_i16x8_s(high, v128.load_ext<i8>(c + at, 8)));
    sumD = i32x4.add(sumD, i32x4.dot_i16x8_s(high, v128.load_ext<i8>(d + at, 8)));
  }
  // Transposed and added up: lane n of the result is the sum over the lanes of row n.
  const ab = i32x4.add(v128.shuffle<i32>(sumA, sumB, 0, 4, 1, 5), v128.shuffle<i32>(sumA, sumB, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(sumC, sumD, 0, 4, 1, 5), v128.shuffle<i32>(sumC, sumD, 2, 6, 3, 7));
  const sums = i32x4.add(v128.shuffle<i64>(ab, cd, 0, 2), v128.shuffle<i64>(ab, cd, 1, 3));
  return f32x4.convert_i32x4_s(sums);
}

/** The Euclidean length of `stride` f32 numbers; not finite when one of them is not. */
export function lengthOf(source: usize, stride: usize): f64 {
  let sum = f64x2.splat(0);
  for (let at: usize = 0; at < stride; at += 4) {
    const values = v128.load(source + (at << 2));
    const low = f64x2.promote_low_f32x4(values);
    const high = f64x2.promote_low_f32x4(v128.shuffle<i64>(values, values, 1, 1));
    sum = f64x2.add(sum, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
  }
  return Math.sqrt(f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
}

/** The largest magnitude among `stride` f32 numbers. */
export function largestOf(source: usize, stride: usize): f32 {
  let most = f32x4.splat(0);
  for (let at: usize = 0; at < stride; at += 4) most = f32x4.max(most, f32x4.abs(v128.load(source + (at << 2))));
  return max(
    max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
    max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
  );
}

/** Writes `stride` numbers times `factor` as signed bytes; returns the length of what rounding lost, in their unit. */
export function quantizeRow(source: usize, stride: usize, factor: f32, row: usize): f64 {
  const factors = f32x4.splat(factor);
  let lost = f32x4.splat(0);
  for (let at: usize = 0; at < stride; at += 16) {
    const a = f32x4.mul(v128.load(source + (at << 2)), factors);
    const b = f32x4.mul(v128.load(source + (at << 2), 16), factors);
    const c = f32x4.mul(v128.load(source + (at << 2), 32), factors);
    const d = f32x4.mul(v128.load(source + (at << 2), 48), factors);
    lost = f32x4.add(lost, f32x4.add(f32x4.add(squareLost(a), squareLost(b)), f32x4.add(squareLost(c), squareLost(d))));
    v128.store(row + at, i8x16.narrow_i16x8_s(narrowed(a, b), narrowed(c, d)));
  }
  return rootOfSum(lost);
}

/** Like {@link quantizeRow}, as signed 16-bit numbers. */
export function quantizeQuery(source: usize, stride: usize, factor: f32, query: usize): f64 {
  const factors = f32x4.splat(factor);
  let lost = f32x4.splat(0);
  for (let at: usize = 0; at < stride; at += 8) {
    const a = f32x4.mul(v128.load(source + (at << 2)), factors);
    const b = f32x4.mul(v128.load(source + (at << 2), 16), factors);
    lost = f32x4.add(lost, f32x4.add(squareLost(a), squareLost(b)));
    v128.store(query + (at << 1), narrowed(a, b));
  }
  return rootOfSum(lost);
}

function squareLost(exact: v128): v128 {
  const lost = f32x4.sub(exact, f32x4.nearest(exact));
  return f32x4.mul(lost, lost);
}

function narrowed(low: v128, high: v128): v128 {
  return i16x8.narrow_i32x4_s(
    i32x4.trunc_sat_f32x4_s(f32x4.nearest(low)),
    i32x4.trunc_sat_f32x4_s(f32x4.nearest(high)),
  );
}

function rootOfSum(values: v128): f64 {
  return Math.sqrt(
    <f64>f32x4.extract_lane(values, 0) +
      <f64>f32x4.extract_lane(values, 1) +
      <f64>f32x4.extract_lane(values, 2) +
      <f64>f32x4.extract_lane(values, 3),
  );
}
