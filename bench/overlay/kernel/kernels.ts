// AssemblyScript. The four kernels whose metering is measured; each takes how much to do and returns something of the result.

export function fib(n: i32): i32 {
  if (n < 2) return n;
  return fib(n - 1) + fib(n - 2);
}

const K: StaticArray<u32> = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
];
const H: StaticArray<u32> = new StaticArray<u32>(8);
const W: StaticArray<u32> = new StaticArray<u32>(64);

function compress(block: usize): void {
  for (let i = 0; i < 16; i++) unchecked((W[i] = bswap(load<u32>(block + (i << 2)))));
  for (let i = 16; i < 64; i++) {
    const w15 = unchecked(W[i - 15]);
    const w2 = unchecked(W[i - 2]);
    const s0 = rotr(w15, 7) ^ rotr(w15, 18) ^ (w15 >>> 3);
    const s1 = rotr(w2, 17) ^ rotr(w2, 19) ^ (w2 >>> 10);
    unchecked((W[i] = W[i - 16] + s0 + W[i - 7] + s1));
  }
  let a = unchecked(H[0]);
  let b = unchecked(H[1]);
  let c = unchecked(H[2]);
  let d = unchecked(H[3]);
  let e = unchecked(H[4]);
  let f = unchecked(H[5]);
  let g = unchecked(H[6]);
  let h = unchecked(H[7]);
  for (let i = 0; i < 64; i++) {
    const t1 = h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & f) ^ (~e & g)) + unchecked(K[i]) + unchecked(W[i]);
    const t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  unchecked((H[0] += a));
  unchecked((H[1] += b));
  unchecked((H[2] += c));
  unchecked((H[3] += d));
  unchecked((H[4] += e));
  unchecked((H[5] += f));
  unchecked((H[6] += g));
  unchecked((H[7] += h));
}

const BLOCKS = memory.data(64 * 64);

/** Compresses `n` blocks of 64 bytes. */
export function sha256(n: i32): i32 {
  H[0] = 0x6a09e667;
  H[1] = 0xbb67ae85;
  H[2] = 0x3c6ef372;
  H[3] = 0xa54ff53a;
  H[4] = 0x510e527f;
  H[5] = 0x9b05688c;
  H[6] = 0x1f83d9ab;
  H[7] = 0x5be0cd19;
  for (let i = 0; i < 64 * 64; i++) store<u8>(BLOCKS + i, (i * 31) as u8);
  for (let i = 0; i < n; i++) compress(BLOCKS + ((i & 63) << 6));
  return H[0];
}

const TEXT = memory.data(65536);
const UNIT = '{"id":"c-1204","trust":87.5,"tags":["biotech","assay \\"b\\""],"note":null,"ok":true},';
let at: usize = 0;
let end: usize = 0;

function skipSpace(): void {
  while (at < end) {
    const c = load<u8>(at);
    if (c != 0x20 && c != 0x0a && c != 0x0d && c != 0x09) return;
    at++;
  }
}

function text(): i32 {
  let hash = 0;
  at++;
  while (at < end) {
    const c = load<u8>(at);
    at++;
    if (c == 0x22) return hash;
    if (c == 0x5c) at++;
    hash = hash * 31 + c;
  }
  return hash;
}

function value(): i32 {
  skipSpace();
  const c = load<u8>(at);
  if (c == 0x22) return text();
  if (c == 0x7b || c == 0x5b) {
    const close: u8 = c == 0x7b ? 0x7d : 0x5d;
    let sum = 1;
    at++;
    for (;;) {
      skipSpace();
      if (at >= end) return sum;
      if (load<u8>(at) == close) {
        at++;
        return sum;
      }
      if (load<u8>(at) == 0x2c || load<u8>(at) == 0x3a) {
        at++;
        continue;
      }
      sum += value();
    }
  }
  let number = 0;
  while (at < end) {
    const d = load<u8>(at);
    if (d == 0x2c || d == 0x7d || d == 0x5d || d == 0x20) break;
    number = number * 10 + (d - 0x30);
    at++;
  }
  return number;
}

/** Scans about 64 KiB of JSON `n` times. */
export function json(n: i32): i32 {
  let length: usize = 0;
  store<u8>(TEXT, 0x5b);
  length = 1;
  while (length + 200 < 65536) {
    for (let i = 0; i < UNIT.length; i++) store<u8>(TEXT + length++, UNIT.charCodeAt(i) as u8);
  }
  store<u8>(TEXT + length - 1, 0x5d);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    at = TEXT;
    end = TEXT + length;
    sum += value();
  }
  return sum;
}

const SIZE = 64;
const A = memory.data(64 * 64 * 8);
const B = memory.data(64 * 64 * 8);
const C = memory.data(64 * 64 * 8);

/** Multiplies two matrices of 64 × 64 `n` times. */
export function matrix(n: i32): i32 {
  for (let i = 0; i < SIZE * SIZE; i++) {
    store<f64>(A + (i << 3), (i % 7) as f64);
    store<f64>(B + (i << 3), (i % 5) as f64);
  }
  for (let round = 0; round < n; round++) {
    for (let i = 0; i < SIZE; i++) {
      for (let j = 0; j < SIZE; j++) {
        let sum: f64 = 0;
        for (let k = 0; k < SIZE; k++)
          sum += load<f64>(A + ((i * SIZE + k) << 3)) * load<f64>(B + ((k * SIZE + j) << 3));
        store<f64>(C + ((i * SIZE + j) << 3), sum);
      }
    }
  }
  return load<f64>(C + 8 * 77) as i32;
}

export function ov_alloc(n: i32): i32 {
  return heap.alloc(n) as i32;
}

export function ov_free(at: i32, n: i32): void {
  heap.free(at);
}
