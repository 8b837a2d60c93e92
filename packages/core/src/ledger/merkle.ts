/**
 * The Merkle tree of RFC 9162 §2.1 (the same hashes as RFC 6962): its growing edge, and proofs made from stored tiles.
 *
 * A tile is 256 neighbouring hashes of one tile level. Level 0 holds leaf hashes; a hash of level k is the root of a
 * perfect subtree of 256^k leaves, that is, of one full tile below. Sizes and indices are safe integers, so nothing
 * here may use bit operators on them.
 * @module
 */
import { HASH_BYTES, sha256 } from './sha256.js';

/** Hashes in a full tile. */
export const TILE_WIDTH = 256;
/** Levels of the tree that one tile spans: 2^8 = 256. */
const TILE_HEIGHT = 8;

/** Root of the tree without leaves. */
export const EMPTY_ROOT: Uint8Array = sha256('');

/** sha256(0x00 ‖ entry). A string stands for its UTF-8 bytes. */
export function leafHash(entry: Uint8Array | string): Uint8Array {
  if (typeof entry === 'string') return sha256('\0' + entry);
  const input = new Uint8Array(entry.length + 1);
  input.set(entry, 1);
  return sha256(input);
}

const nodeInput = new Uint8Array(1 + 2 * HASH_BYTES).fill(1, 0, 1);

/** sha256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  return sha256(nodeInput);
}

/** A tile was filled: `hash` is entry `index` of tile level `level` (1 and up) and can be stored for good. */
export interface CompletedTile {
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}

const NONE_COMPLETED: readonly CompletedTile[] = [];

/** The right edge of a growing tree: the roots of its perfect subtrees, at most 53 of them. Hashes are shared, not copied. */
export class MerkleFrontier {
  #size = 0;
  /** From the largest subtree, on the left, to the smallest: one for each 1 bit of the size. */
  #edge: Uint8Array[] = [];

  /**
   * The frontier that {@link hashes} was taken from.
   * @throws RangeError when the number of hashes does not follow from the size.
   */
  static restore(size: number, hashes: readonly Uint8Array[]): MerkleFrontier {
    assertCount(size, 'size');
    if (hashes.length !== oneBits(size))
      throw new RangeError(`${hashes.length} hashes cannot be the edge of ${size} leaves`);
    for (const hash of hashes) assertHash(hash);
    const frontier = new MerkleFrontier();
    frontier.#size = size;
    frontier.#edge = [...hashes];
    return frontier;
  }

  get size(): number {
    return this.#size;
  }

  hashes(): readonly Uint8Array[] {
    return [...this.#edge];
  }

  clone(): MerkleFrontier {
    const copy = new MerkleFrontier();
    copy.#size = this.#size;
    copy.#edge = [...this.#edge];
    return copy;
  }

  /** Adds a leaf and names the tiles it filled, lowest level first: none for 255 leaves of 256. */
  append(leaf: Uint8Array): readonly CompletedTile[] {
    assertHash(leaf);
    let completed: CompletedTile[] | null = null;
    let hash = leaf;
    let height = 0;
    // Each 1 bit at the end of the size is a subtree that the new one completes, as a carry runs through an addition.
    let rest = this.#size;
    for (; rest % 2 === 1; rest = (rest - 1) / 2) {
      hash = nodeHash(this.#edge.pop() as Uint8Array, hash);
      height += 1;
      if (height % TILE_HEIGHT === 0) {
        completed ??= [];
        completed.push({ level: height / TILE_HEIGHT, index: (rest - 1) / 2, hash });
      }
    }
    this.#edge.push(hash);
    this.#size += 1;
    return completed ?? NONE_COMPLETED;
  }

  root(): Uint8Array {
    return foldEdge(this.#edge);
  }
}

/** Root over neighbouring perfect subtrees that shrink to the right. */
function foldEdge(edge: readonly Uint8Array[]): Uint8Array {
  let root = edge.at(-1) ?? EMPTY_ROOT;
  for (let i = edge.length - 2; i >= 0; i--) root = nodeHash(edge[i] as Uint8Array, root);
  return root;
}

/** Where an engine keeps the hashes of a tree. */
export interface HashSource {
  /**
   * Hashes `start` to `start + count - 1` of a tile level: leaf hashes at level 0, roots of perfect subtrees of 256^k
   * leaves at level k. Never asked for more than one tile at a time, nor for a hash that is not complete yet.
   */
  nodes(tileLevel: number, start: number, count: number): readonly Uint8Array[];
}

/** Root of the tree of the first `size` leaves. @throws RangeError when the source lacks hashes. */
export function rootAt(source: HashSource, size: number): Uint8Array {
  assertCount(size, 'size');
  return new TileTree(source, size).rangeRoot(0, size);
}

/**
 * RFC 9162 §2.1.3.1: that leaf `index` (from 0) is in the tree of the first `size` leaves; siblings from the leaf up.
 * @throws RangeError when there is no such leaf in that tree, or the source lacks hashes.
 */
export function inclusionProof(source: HashSource, index: number, size: number): readonly Uint8Array[] {
  assertCount(index, 'index');
  assertCount(size, 'size');
  if (index >= size) throw new RangeError(`a tree of ${size} leaves has no leaf ${index}`);
  const tree = new TileTree(source, size);
  const proof: Uint8Array[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    if (index < middle) {
      proof.push(tree.rangeRoot(middle, end));
      end = middle;
    } else {
      proof.push(tree.rangeRoot(start, middle));
      start = middle;
    }
  }
  return proof.reverse();
}

/**
 * RFC 9162 §2.1.4.1: that the tree of `newSize` leaves extends the one of `oldSize`. Empty for equal sizes and for
 * `oldSize` 0, where there is nothing to prove.
 * @throws RangeError when `oldSize` exceeds `newSize`, or the source lacks hashes.
 */
export function consistencyProof(source: HashSource, oldSize: number, newSize: number): readonly Uint8Array[] {
  assertCount(oldSize, 'oldSize');
  assertCount(newSize, 'newSize');
  if (oldSize > newSize) throw new RangeError(`a tree of ${newSize} leaves cannot extend one of ${oldSize}`);
  if (oldSize === 0 || oldSize === newSize) return [];
  const tree = new TileTree(source, newSize);
  const proof: Uint8Array[] = [];
  let start = 0;
  let end = newSize;
  while (end !== oldSize) {
    const middle = start + splitPoint(end - start);
    if (oldSize <= middle) {
      proof.push(tree.rangeRoot(middle, end));
      end = middle;
    } else {
      proof.push(tree.rangeRoot(start, middle));
      start = middle;
    }
  }
  // The old root itself is known to whoever checks; any other subtree the walk ended on is not.
  if (start > 0) proof.push(tree.rangeRoot(start, end));
  return proof.reverse();
}

/** A tree of fixed size over a source. Reads each tile once, whole. */
class TileTree {
  readonly #tiles = new Map<string, readonly Uint8Array[]>();
  constructor(
    private readonly source: HashSource,
    private readonly size: number,
  ) {}

  /** Root over leaves `start` to `end - 1`, where `start` is a multiple of the range's smallest covering power of two. */
  rangeRoot(start: number, end: number): Uint8Array {
    const edge: Uint8Array[] = [];
    let at = start;
    while (at < end) {
      const leaves = powerOfTwoUpTo(end - at);
      edge.push(this.#perfectRoot(leaves, at / leaves));
      at += leaves;
    }
    return foldEdge(edge);
  }

  /** Root of perfect subtree number `index` among those of so many leaves. */
  #perfectRoot(leaves: number, index: number): Uint8Array {
    let level = 0;
    let width = leaves;
    for (; width >= TILE_WIDTH; width /= TILE_WIDTH) level += 1;
    const first = index * width;
    const tileIndex = Math.floor(first / TILE_WIDTH);
    const from = first - tileIndex * TILE_WIDTH;
    let row = this.#tile(level, tileIndex).slice(from, from + width);
    while (row.length > 1) {
      const above: Uint8Array[] = [];
      for (let i = 0; i < row.length; i += 2) above.push(nodeHash(row[i] as Uint8Array, row[i + 1] as Uint8Array));
      row = above;
    }
    return row[0] as Uint8Array;
  }

  #tile(level: number, index: number): readonly Uint8Array[] {
    const name = `${level}/${index}`;
    let tile = this.#tiles.get(name);
    if (tile === undefined) {
      const start = index * TILE_WIDTH;
      const count = Math.min(TILE_WIDTH, Math.floor(this.size / TILE_WIDTH ** level) - start);
      tile = this.source.nodes(level, start, count);
      if (tile.length !== count) {
        throw new RangeError(`tile level ${level}: ${tile.length} of ${count} hashes from ${start}`);
      }
      this.#tiles.set(name, tile);
    }
    return tile;
  }
}

/** What {@link verifyInclusion} needs: the claim, the proof and a root that is trusted already. */
export interface InclusionClaim {
  readonly leafHash: Uint8Array;
  /** From 0. */
  readonly index: number;
  readonly size: number;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** RFC 9162 §2.1.3.2. Total: false for whatever does not prove the claim, also for malformed input. */
export function verifyInclusion({ leafHash: leaf, index, size, proof, root }: InclusionClaim): boolean {
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  if (!isHash(leaf) || !isHash(root) || !proof.every(isHash)) return false;
  let fn = index;
  let sn = size - 1;
  let r = leaf;
  for (const p of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      r = nodeHash(p, r);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      r = nodeHash(r, p);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && sameHash(r, root);
}

/** What {@link verifyConsistency} needs. */
export interface ConsistencyClaim {
  readonly oldSize: number;
  readonly newSize: number;
  readonly oldRoot: Uint8Array;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * RFC 9162 §2.1.4.2, and for what the RFC leaves out: equal sizes need equal roots; the empty tree, known by its root,
 * is extended by every tree; both with an empty proof. Total: false for whatever does not prove the claim.
 */
export function verifyConsistency({ oldSize, newSize, oldRoot, newRoot, proof }: ConsistencyClaim): boolean {
  if (!isCount(oldSize) || !isCount(newSize) || oldSize > newSize) return false;
  if (!isHash(oldRoot) || !isHash(newRoot) || !proof.every(isHash)) return false;
  if (oldSize === 0 && !sameHash(oldRoot, EMPTY_ROOT)) return false;
  if (oldSize === newSize) return proof.length === 0 && sameHash(oldRoot, newRoot);
  if (oldSize === 0) return proof.length === 0;
  // A whole subtree on the left needs no first hash of its own: it is the old root.
  const path = powerOfTwoUpTo(oldSize) === oldSize ? [oldRoot, ...proof] : proof;
  const first = path[0];
  if (first === undefined || proof.length === 0) return false;
  let fn = oldSize - 1;
  let sn = newSize - 1;
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  let fr = first;
  let sr = first;
  for (const c of path.slice(1)) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(c, fr);
      sr = nodeHash(c, sr);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      sr = nodeHash(sr, c);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && sameHash(fr, oldRoot) && sameHash(sr, newRoot);
}

/** The largest power of two that is not larger. Logarithms would round near 2^53. */
function powerOfTwoUpTo(n: number): number {
  let power = 1;
  while (power * 2 <= n) power *= 2;
  return power;
}

/** Leaves of the left subtree of a tree of `n` > 1 leaves: the largest power of two below `n`. */
function splitPoint(n: number): number {
  return powerOfTwoUpTo(n - 1);
}

function half(n: number): number {
  return Math.floor(n / 2);
}

function oneBits(n: number): number {
  let bits = 0;
  for (let rest = n; rest > 0; rest = half(rest)) bits += rest % 2;
  return bits;
}

function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function isHash(value: Uint8Array): boolean {
  return value.length === HASH_BYTES;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function assertHash(value: Uint8Array): void {
  if (!isHash(value)) throw new RangeError(`a hash has ${HASH_BYTES} bytes, not ${value.length}`);
}

function assertCount(value: number, name: string): void {
  if (!isCount(value)) throw new RangeError(`${name} must be a whole number from 0 to 2^53-1`);
}
