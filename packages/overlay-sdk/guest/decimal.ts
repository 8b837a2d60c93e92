/**
 * Decimal numbers to the nearest f64: the compiler's own library is off by orders of magnitude for some long ones.
 * Of digits beyond the nineteenth it only counts whether there are any, so that a number so long may come out as the
 * neighbour of the nearest.
 */

/** Limbs of 32 bits, least first: room for 10^400. */
const LIMBS = 48;

const POWERS: StaticArray<f64> = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
];
const EXACT: u64 = 9007199254740991;

/**
 * `mantissa` · 10^`exponent`, rounded to nearest, ties to even. Infinity and 0 beyond the range.
 * @param more whether digits that are not all 0 follow the mantissa's
 */
export function decimal(mantissa: u64, exponent: i32, more: bool): f64 {
  if (mantissa == 0) return 0;
  if (mantissa <= EXACT && !more) {
    if (exponent >= 0 && exponent <= 22) {
      // The product of two exact numbers is rounded once.
      return <f64>mantissa * POWERS[exponent];
    }
    if (exponent < 0 && exponent >= -22) return <f64>mantissa / POWERS[-exponent];
  }
  if (exponent > 310) return Infinity;
  if (exponent < -365) return 0;
  return exponent >= 0 ? timesPower(mantissa, exponent, more) : overPower(mantissa, -exponent, more);
}

function timesPower(mantissa: u64, exponent: i32, more: bool): f64 {
  const number = limbsOf(mantissa);
  for (let i = 0; i < exponent; i++) multiplyByTen(number);
  const top = bitLength(number);
  return rounded(bitsAt(number, top), top - 64, more || anyBelow(number, top - 64));
}

function overPower(mantissa: u64, exponent: i32, more: bool): f64 {
  const divisor = limbsOf(1);
  for (let i = 0; i < exponent; i++) multiplyByTen(divisor);
  // Long division in binary: the remainder is kept below the divisor, one bit of the quotient at a time.
  const rest = limbsOf(mantissa);
  let scale = 0;
  while (compare(rest, divisor) >= 0) {
    double(divisor);
    scale++;
  }
  while (compare(rest, divisor) < 0) {
    double(rest);
    scale--;
  }
  let quotient: u64 = 0;
  for (let i = 0; i < 64; i++) {
    quotient <<= 1;
    if (compare(rest, divisor) >= 0) {
      subtract(rest, divisor);
      quotient |= 1;
    }
    double(rest);
  }
  return rounded(quotient, scale - 63, more || bitLength(rest) > 0);
}

/** `bits` · 2^`exponent`, where the highest of the 64 bits is set and `more` stands for what lies below them. */
function rounded(bits: u64, exponent: i32, more: bool): f64 {
  let drop = 11;
  // Numbers below 2^-1022 have fewer bits.
  if (exponent + drop < -1074) drop = -1074 - exponent;
  if (drop > 64) return 0;
  const half: u64 = (<u64>1) << (drop - 1);
  const below: u64 = drop == 64 ? bits : bits & ((half << 1) - 1);
  let whole: u64 = drop == 64 ? 0 : bits >> drop;
  if (below > half || (below == half && (more || (whole & 1) == 1))) whole++;
  let value = <f64>whole;
  let left = exponent + drop;
  while (left > 1000) {
    value *= 1.0715086071862673e301;
    left -= 1000;
  }
  while (left < -1000) {
    value *= 9.332636185032189e-302;
    left += 1000;
  }
  return value * powerOfTwo(left);
}

function powerOfTwo(exponent: i32): f64 {
  return reinterpret<f64>((<u64>(exponent + 1023)) << 52);
}

function limbsOf(value: u64): StaticArray<u32> {
  const limbs = new StaticArray<u32>(LIMBS);
  limbs[0] = <u32>value;
  limbs[1] = <u32>(value >> 32);
  return limbs;
}

function multiplyByTen(limbs: StaticArray<u32>): void {
  let carry: u64 = 0;
  for (let i = 0; i < LIMBS; i++) {
    carry += <u64>limbs[i] * 10;
    limbs[i] = <u32>carry;
    carry >>= 32;
  }
}

function double(limbs: StaticArray<u32>): void {
  let carry: u32 = 0;
  for (let i = 0; i < LIMBS; i++) {
    const limb = limbs[i];
    limbs[i] = (limb << 1) | carry;
    carry = limb >> 31;
  }
}

function subtract(from: StaticArray<u32>, what: StaticArray<u32>): void {
  let borrow: i64 = 0;
  for (let i = 0; i < LIMBS; i++) {
    const difference = <i64>from[i] - <i64>what[i] + borrow;
    from[i] = <u32>difference;
    borrow = difference >> 32;
  }
}

function compare(a: StaticArray<u32>, b: StaticArray<u32>): i32 {
  for (let i = LIMBS - 1; i >= 0; i--) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}

function bitLength(limbs: StaticArray<u32>): i32 {
  for (let i = LIMBS - 1; i >= 0; i--) if (limbs[i] != 0) return i * 32 + 32 - <i32>clz(limbs[i]);
  return 0;
}

/** The 64 bits below `top`; zeros where the number has ended. */
function bitsAt(limbs: StaticArray<u32>, top: i32): u64 {
  let bits: u64 = 0;
  for (let i = top - 1; i >= top - 64; i--) bits = (bits << 1) | (i < 0 ? 0 : (limbs[i >> 5] >> (i & 31)) & 1);
  return bits;
}

function anyBelow(limbs: StaticArray<u32>, top: i32): bool {
  for (let i = 0; i < top; i++) if (((limbs[i >> 5] >> (i & 31)) & 1) == 1) return true;
  return false;
}
