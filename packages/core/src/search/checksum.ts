/** xxHash32's four lanes over 32-bit words: detects corruption, proves nothing against an adversary. */
const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
const P3 = 0xc2b2ae3d;
const P4 = 0x27d4eb2f;

/** A checksum of `words` that also depends on `seed`, as an unsigned 32-bit number. */
export function checksum32(words: Uint32Array, seed = 0): number {
  let a = (seed + P1 + P2) | 0;
  let b = (seed + P2) | 0;
  let c = seed | 0;
  let d = (seed - P1) | 0;
  const end = words.length - (words.length % 4);
  for (let i = 0; i < end; i += 4) {
    a = Math.imul(rotate(a + Math.imul(words[i] ?? 0, P2), 13), P1);
    b = Math.imul(rotate(b + Math.imul(words[i + 1] ?? 0, P2), 13), P1);
    c = Math.imul(rotate(c + Math.imul(words[i + 2] ?? 0, P2), 13), P1);
    d = Math.imul(rotate(d + Math.imul(words[i + 3] ?? 0, P2), 13), P1);
  }
  let hash = (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18) + words.length * 4) | 0;
  for (let i = end; i < words.length; i++) hash = Math.imul(rotate(hash + Math.imul(words[i] ?? 0, P3), 17), P4);
  hash = Math.imul(hash ^ (hash >>> 15), P2);
  hash = Math.imul(hash ^ (hash >>> 13), P3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
