import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  consistencyProof,
  EMPTY_ROOT,
  type HashSource,
  inclusionProof,
  leafHash,
  MerkleFrontier,
  nodeHash,
  rootAt,
  verifyConsistency,
  verifyInclusion,
} from './merkle.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

// The reference tree of Certificate Transparency: eight leaves and all their hashes.
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const NODES = [
  [
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7',
    '07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7',
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    '4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658',
    'b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f',
    '46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1',
  ],
  [
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
  ],
  [
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ],
] as const;
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  NODES[0][0],
  NODES[1][0],
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  NODES[2][0],
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const INCLUSION = [
  { index: 0, size: 1, proof: [] },
  { index: 0, size: 8, proof: [NODES[0][1], NODES[1][1], NODES[2][1]] },
  { index: 5, size: 8, proof: [NODES[0][4], NODES[1][3], NODES[2][0]] },
  { index: 2, size: 3, proof: [NODES[1][0]] },
  { index: 1, size: 5, proof: [NODES[0][0], NODES[1][1], NODES[0][4]] },
];
const CONSISTENCY = [
  { oldSize: 1, newSize: 1, proof: [] },
  { oldSize: 1, newSize: 8, proof: [NODES[0][1], NODES[1][1], NODES[2][1]] },
  { oldSize: 6, newSize: 8, proof: [NODES[1][2], NODES[1][3], NODES[2][0]] },
  { oldSize: 2, newSize: 5, proof: [NODES[1][1], NODES[0][4]] },
  { oldSize: 6, newSize: 7, proof: [NODES[1][2], NODES[0][6], NODES[2][0]] },
];

/** What an engine keeps: leaf hashes, and one hash for each tile that `append` named. Watches what is read. */
class StoredTiles implements HashSource {
  readonly frontier = new MerkleFrontier();
  readonly levels: Uint8Array[][] = [[]];
  readonly roots: Uint8Array[] = [EMPTY_ROOT];
  reads: string[] = [];

  constructor(leaves: number, leafOf: (i: number) => Uint8Array) {
    for (let i = 0; i < leaves; i++) this.add(leafOf(i));
  }

  add(leaf: Uint8Array): void {
    this.levels[0]?.push(leaf);
    for (const { level, index, hash } of this.frontier.append(leaf)) {
      const row = (this.levels[level] ??= []);
      expect(row).toHaveLength(index);
      row.push(hash);
    }
  }

  nodes(level: number, start: number, count: number): readonly Uint8Array[] {
    expect(Math.floor(start / 256)).toBe(Math.floor((start + count - 1) / 256));
    this.reads.push(`${level}/${Math.floor(start / 256)}`);
    return this.levels[level]?.slice(start, start + count) ?? [];
  }
}

/** The definition in RFC 9162 §2.1.1, word for word. */
function mth(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return bytes(createHash('sha256').digest('hex'));
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  const k = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1);
  const both = Buffer.concat([Buffer.of(1), mth(leaves.slice(0, k)), mth(leaves.slice(k))]);
  return bytes(createHash('sha256').update(both).digest('hex'));
}

const published = new StoredTiles(8, (i) => leafHash(bytes(LEAVES[i] as string)));
const BIG = 70_000; // Past 256^2, so that three tile levels are in play.
const big = new StoredTiles(BIG, (i) => leafHash(`entry ${i}`));
const bigSize = fc.oneof(fc.integer({ min: 1, max: BIG }), fc.constantFrom(255, 256, 257, 65_535, 65_536, 65_537, BIG));

/** A tree of any size whose leaves are all alike, so that nothing needs to be stored. */
const ALIKE = [leafHash('alike')];
for (let height = 1; height < 53; height++) {
  const below = ALIKE[height - 1] as Uint8Array;
  ALIKE.push(nodeHash(below, below));
}
const alike: HashSource = {
  nodes: (level, _start, count) => Array.from({ length: count }, () => ALIKE[8 * level] as Uint8Array),
};

describe('hashes', () => {
  it('[LED-13] are those of the published tree', () => {
    expect(hex(EMPTY_ROOT)).toBe(ROOTS[0]);
    expect(LEAVES.map((leaf) => hex(leafHash(bytes(leaf))))).toEqual(NODES[0]);
    expect(hex(nodeHash(bytes(NODES[0][0]), bytes(NODES[0][1])))).toBe(NODES[1][0]);
    expect(hex(nodeHash(bytes(NODES[2][0]), bytes(NODES[2][1])))).toBe(ROOTS[8]);
  });

  it('[LED-13] of a string are those of its UTF-8 bytes', () => {
    for (const text of ['', 'plain', 'Zoë 😂', 'x'.repeat(10_000)]) {
      expect(hex(leafHash(text))).toBe(hex(leafHash(new Uint8Array(Buffer.from(text)))));
    }
  });
});

describe('MerkleFrontier', () => {
  it('[LED-14] has the published root at every size', () => {
    const frontier = new MerkleFrontier();
    const roots = [hex(frontier.root())];
    for (const leaf of LEAVES) {
      frontier.append(leafHash(bytes(leaf)));
      roots.push(hex(frontier.root()));
    }
    expect(roots).toEqual(ROOTS);
    expect(frontier.size).toBe(8);
  });

  it('[LED-14] has the root the RFC defines, at every size to 300', () => {
    const frontier = new MerkleFrontier();
    const leaves = big.levels[0]?.slice(0, 300) ?? [];
    for (const [i, leaf] of leaves.entries()) {
      frontier.append(leaf);
      if (hex(frontier.root()) !== hex(mth(leaves.slice(0, i + 1)))) expect.fail(`root at size ${i + 1}`);
    }
    expect(frontier.size).toBe(300);
  });

  it('[LED-15] goes on from its size and hashes as if it had never stopped', () => {
    fc.assert(
      fc.property(fc.nat({ max: 700 }), fc.nat({ max: 300 }), (before, after) => {
        const whole = new MerkleFrontier();
        for (let i = 0; i < before; i++) whole.append(big.levels[0]?.[i] as Uint8Array);
        const restored = MerkleFrontier.restore(whole.size, whole.hashes());
        for (let i = before; i < before + after; i++) {
          const leaf = big.levels[0]?.[i] as Uint8Array;
          expect(restored.append(leaf)).toEqual(whole.append(leaf));
        }
        expect(restored.size).toBe(before + after);
        expect(hex(restored.root())).toBe(hex(whole.root()));
      }),
      { numRuns: 30 },
    );
  });

  it('[LED-15] refuses hashes that cannot be the edge of its size, and leaves of the wrong length', () => {
    const hash = leafHash('x');
    for (const [size, hashes] of [
      [3, [hash]],
      [4, [hash, hash]],
      [0, [hash]],
      [1, []],
      [1, [hash.subarray(1)]],
      [-1, []],
      [2 ** 53, [hash]],
    ] as const) {
      expect(() => MerkleFrontier.restore(size, hashes)).toThrow(RangeError);
    }
    const frontier = MerkleFrontier.restore(3, [hash, hash]);
    expect(() => frontier.append(hash.subarray(1))).toThrow(RangeError);
    expect(frontier.size).toBe(3);
  });

  it('[LED-15] has a clone that goes its own way', () => {
    const frontier = new MerkleFrontier();
    for (let i = 0; i < 5; i++) frontier.append(leafHash(`${i}`));
    const [root, hashes] = [hex(frontier.root()), frontier.hashes()];
    const clone = frontier.clone();
    for (let i = 0; i < 3; i++) clone.append(leafHash(`other ${i}`));
    expect([frontier.size, hex(frontier.root())]).toEqual([5, root]);
    expect(hashes).toHaveLength(2);
    expect(clone.size).toBe(8);
  });

  it('[LED-16] names each tile once, when its last leaf arrives, with the root of its leaves', () => {
    expect(big.levels.map((row) => row.length)).toEqual([70_000, 273, 1]);
    const leaves = big.levels[0] ?? [];
    for (const tile of [0, 1, 200, 272]) {
      expect(hex(big.levels[1]?.[tile] as Uint8Array)).toBe(hex(mth(leaves.slice(tile * 256, tile * 256 + 256))));
    }
    expect(hex(big.levels[2]?.[0] as Uint8Array)).toBe(hex(mth(big.levels[1]?.slice(0, 256) ?? [])));
    const frontier = new MerkleFrontier();
    const completed = leaves
      .slice(0, 512)
      .map((leaf) => frontier.append(leaf).map(({ level, index }) => [level, index]));
    expect(completed.flatMap((tiles, i) => (tiles.length > 0 ? [[i, tiles]] : []))).toEqual([
      [255, [[1, 0]]],
      [511, [[1, 1]]],
    ]);
  });
});

describe('proofs from tiles', () => {
  it('[LED-17] find the root of every earlier size', () => {
    expect(ROOTS.map((_, size) => hex(rootAt(published, size)))).toEqual(ROOTS);
    const frontier = new MerkleFrontier();
    const wrong: number[] = [];
    for (let size = 1; size <= 600; size++) {
      frontier.append(big.levels[0]?.[size - 1] as Uint8Array);
      if (hex(rootAt(big, size)) !== hex(frontier.root())) wrong.push(size);
    }
    expect(wrong).toEqual([]);
    expect(hex(rootAt(big, BIG))).toBe(hex(big.frontier.root()));
    expect(hex(rootAt(big, BIG))).toBe(hex(mth(big.levels[0] ?? [])));
  });

  it('[LED-18] of inclusion are the published ones', () => {
    for (const { index, size, proof } of INCLUSION) {
      expect(inclusionProof(published, index, size).map(hex)).toEqual(proof);
      const claim = { leafHash: bytes(NODES[0][index] as string), index, size, root: bytes(ROOTS[size] as string) };
      expect(verifyInclusion({ ...claim, proof: proof.map(bytes) })).toBe(true);
    }
  });

  it('[LED-18] of inclusion hold for every leaf of every small tree, and around a full tile', () => {
    const failed: string[] = [];
    for (const size of [...Array.from({ length: 66 }, (_, i) => i + 1), 255, 256, 257, 300]) {
      const root = rootAt(big, size);
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(big, index, size);
        if (!verifyInclusion({ leafHash: leafHash(`entry ${index}`), index, size, proof, root }))
          failed.push(`${index}/${size}`);
      }
    }
    expect(failed).toEqual([]);
  });

  it('[LED-18] of inclusion hold past 256² leaves', () => {
    fc.assert(
      fc.property(bigSize, fc.nat(), (size, pick) => {
        const index = pick % size;
        const claim = { leafHash: leafHash(`entry ${index}`), index, size, root: rootAt(big, size) };
        expect(verifyInclusion({ ...claim, proof: inclusionProof(big, index, size) })).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('[LED-19] of consistency are the published ones', () => {
    for (const { oldSize, newSize, proof } of CONSISTENCY) {
      expect(consistencyProof(published, oldSize, newSize).map(hex)).toEqual(proof);
      const roots = { oldRoot: bytes(ROOTS[oldSize] as string), newRoot: bytes(ROOTS[newSize] as string) };
      expect(verifyConsistency({ oldSize, newSize, ...roots, proof: proof.map(bytes) })).toBe(true);
    }
  });

  it('[LED-19] of consistency hold between all small sizes, and around a full tile', () => {
    const failed: string[] = [];
    for (const newSize of [...Array.from({ length: 66 }, (_, i) => i), 255, 256, 257, 300]) {
      for (let oldSize = 0; oldSize <= newSize; oldSize++) {
        const roots = { oldRoot: rootAt(big, oldSize), newRoot: rootAt(big, newSize) };
        const proof = consistencyProof(big, oldSize, newSize);
        if (!verifyConsistency({ oldSize, newSize, ...roots, proof })) failed.push(`${oldSize}/${newSize}`);
      }
    }
    expect(failed).toEqual([]);
  });

  it('[LED-19] of consistency hold past 256² leaves', () => {
    fc.assert(
      fc.property(bigSize, bigSize, (a, b) => {
        const [oldSize, newSize] = a < b ? [a, b] : [b, a];
        const roots = { oldRoot: rootAt(big, oldSize), newRoot: rootAt(big, newSize) };
        expect(verifyConsistency({ oldSize, newSize, ...roots, proof: consistencyProof(big, oldSize, newSize) })).toBe(
          true,
        );
      }),
      { numRuns: 60 },
    );
  });

  it('[LED-20] read each tile once, and at most two of each level', () => {
    fc.assert(
      fc.property(bigSize, bigSize, (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const levels = [1, 256, 65_536].filter((leaves) => leaves <= high).length;
        for (const [most, read] of [
          [levels, () => rootAt(big, high)],
          [2 * levels, () => inclusionProof(big, low - 1, high)],
          [2 * levels, () => consistencyProof(big, low, high)],
        ] as const) {
          big.reads = [];
          read();
          expect(new Set(big.reads).size).toBe(big.reads.length);
          expect(big.reads.length).toBeLessThanOrEqual(most);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('[LED-21] are refused for leaves and sizes that do not exist', () => {
    for (const [index, size] of [
      [8, 8],
      [0, 0],
      [-1, 8],
      [0.5, 8],
      [0, 2 ** 53],
    ] as const) {
      expect(() => inclusionProof(published, index, size)).toThrow(RangeError);
    }
    for (const [oldSize, newSize] of [
      [8, 7],
      [-1, 8],
      [1, 1.5],
      [1, 2 ** 53],
    ] as const) {
      expect(() => consistencyProof(published, oldSize, newSize)).toThrow(RangeError);
    }
    expect(() => rootAt(published, -1)).toThrow(RangeError);
  });

  it('[LED-21] are refused when the source lacks hashes', () => {
    expect(() => rootAt(published, 9)).toThrow('8 of 9 hashes');
    expect(() => inclusionProof(published, 0, 9)).toThrow(RangeError);
    expect(() => consistencyProof(published, 3, 9)).toThrow(RangeError);
  });

  it('[LED-22] hold for sizes that no logarithm and no bit operator would survive', () => {
    for (const size of [2 ** 31, 2 ** 32 + 1, 2 ** 49 - 1, 2 ** 53 - 2, 2 ** 53 - 1]) {
      const root = rootAt(alike, size);
      for (const index of [0, 255, size - 1, Math.floor(size / 3)]) {
        const proof = inclusionProof(alike, index, size);
        expect(verifyInclusion({ leafHash: ALIKE[0] as Uint8Array, index, size, proof, root })).toBe(true);
      }
      for (const oldSize of [1, 2 ** 31 - 1, 2 ** 30, size - 1, Math.floor(size / 3)]) {
        const proof = consistencyProof(alike, oldSize, size);
        expect(
          verifyConsistency({ oldSize, newSize: size, oldRoot: rootAt(alike, oldSize), newRoot: root, proof }),
        ).toBe(true);
      }
    }
  });
});

describe('verifiers', () => {
  const sizes = fc.tuple(bigSize, bigSize).map(([a, b]) => (a < b ? [a, b] : [b, a]) as [number, number]);

  it('[LED-22] of inclusion fail for any flipped bit, for another leaf, and for a proof cut, stretched or reordered', () => {
    fc.assert(
      fc.property(bigSize, fc.nat(), fc.nat(), (size, pick, bit) => {
        const index = pick % size;
        const claim = { leafHash: leafHash(`entry ${index}`), index, size, root: rootAt(big, size) };
        const proof = inclusionProof(big, index, size);
        const fails = (change: Partial<Parameters<typeof verifyInclusion>[0]>): void => {
          expect(verifyInclusion({ ...claim, proof, ...change })).toBe(false);
        };
        fails({ leafHash: flip(claim.leafHash, bit) });
        fails({ root: flip(claim.root, bit) });
        for (const change of mutations(proof, bit)) fails({ proof: change });
        for (const other of [index - 1, index + 1, index ^ 1, size, size + index])
          if (other !== index) fails({ index: other });
        fails({ size: index });
      }),
      { numRuns: 40 },
    );
  });

  it('[LED-22] of consistency fail for any flipped bit, and for a proof cut, stretched or reordered', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), ([oldSize, newSize], bit) => {
        const claim = { oldSize, newSize, oldRoot: rootAt(big, oldSize), newRoot: rootAt(big, newSize) };
        const proof = consistencyProof(big, oldSize, newSize);
        const fails = (change: Partial<Parameters<typeof verifyConsistency>[0]>): void => {
          expect(verifyConsistency({ ...claim, proof, ...change })).toBe(false);
        };
        fails({ oldRoot: flip(claim.oldRoot, bit) });
        fails({ newRoot: flip(claim.newRoot, bit) });
        for (const change of mutations(proof, bit)) fails({ proof: change });
        if (oldSize !== newSize) {
          fails({ oldRoot: claim.newRoot, newRoot: claim.oldRoot });
          fails({ oldSize: newSize, newSize: oldSize });
          fails({ oldSize: newSize });
          fails({ proof: [] });
        }
      }),
      { numRuns: 40 },
    );
  });

  it('[LED-22] are false, not errors, for malformed claims', () => {
    const [one, hash] = [leafHash('1'), leafHash('2')];
    const short = hash.subarray(1);
    const inclusion = { leafHash: one, index: 0, size: 1, proof: [], root: one };
    expect(verifyInclusion(inclusion)).toBe(true);
    for (const bad of [
      { index: -1 },
      { index: Number.NaN },
      { size: 0 },
      { size: Infinity },
      { size: 2 ** 53 },
      { root: short },
      { leafHash: short },
      { proof: [hash] },
    ]) {
      expect(verifyInclusion({ ...inclusion, ...bad })).toBe(false);
    }
    const consistency = { oldSize: 1, newSize: 2, oldRoot: one, newRoot: nodeHash(one, hash), proof: [hash] };
    expect(verifyConsistency(consistency)).toBe(true);
    for (const bad of [
      { oldSize: -1 },
      { oldSize: 0 },
      { newSize: 1.5 },
      { newSize: 2 ** 53 },
      { oldRoot: short },
      { newRoot: short },
      { proof: [short] },
    ]) {
      expect(verifyConsistency({ ...consistency, ...bad })).toBe(false);
    }
  });

  it('[LED-22] count the hashes that the sizes call for, even where the roots would agree', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((text) => leafHash(text)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const [ab, ba] = [nodeHash(a, b), nodeHash(b, a)];
    expect(verifyInclusion({ leafHash: a, index: 0, size: 1, proof: [b], root: ba })).toBe(false);
    expect(verifyInclusion({ leafHash: a, index: 0, size: 3, proof: [b], root: ab })).toBe(false);
    expect(verifyConsistency({ oldSize: 1, newSize: 3, oldRoot: a, newRoot: ab, proof: [b] })).toBe(false);
    const oldRoot = nodeHash(d, nodeHash(c, a));
    const newRoot = nodeHash(d, nodeHash(c, ab));
    expect(verifyConsistency({ oldSize: 3, newSize: 4, oldRoot, newRoot, proof: [a, b, c, d] })).toBe(false);
    const shorter = { oldRoot: nodeHash(c, a), newRoot: nodeHash(c, ab), proof: [a, b, c] };
    expect(verifyConsistency({ oldSize: 3, newSize: 4, ...shorter })).toBe(true);
  });

  it('[LED-19] of consistency let every tree extend the empty one, known by its root', () => {
    const claim = { oldSize: 0, newSize: 8, oldRoot: EMPTY_ROOT, newRoot: bytes(ROOTS[8] as string), proof: [] };
    expect(verifyConsistency(claim)).toBe(true);
    expect(verifyConsistency({ ...claim, oldRoot: claim.newRoot })).toBe(false);
    expect(verifyConsistency({ ...claim, proof: [EMPTY_ROOT] })).toBe(false);
    expect(verifyConsistency({ ...claim, newSize: 0 })).toBe(false);
    expect(verifyConsistency({ ...claim, newSize: 0, newRoot: EMPTY_ROOT })).toBe(true);
  });
});

function flip(hash: Uint8Array, bit: number): Uint8Array {
  const copy = hash.slice();
  const at = bit % 256;
  copy[at >> 3] = (copy[at >> 3] as number) ^ (1 << (at & 7));
  return copy;
}

/** Proofs that differ from a good one in one place. */
function mutations(proof: readonly Uint8Array[], bit: number): (readonly Uint8Array[])[] {
  const changed: (readonly Uint8Array[])[] = proof.map((hash, i) => proof.with(i, flip(hash, bit)));
  changed.push([...proof, EMPTY_ROOT], [EMPTY_ROOT, ...proof]);
  if (proof.length > 0) changed.push(proof.slice(1), proof.slice(0, -1));
  if (proof.length > 1) changed.push(proof.toReversed());
  return changed;
}
