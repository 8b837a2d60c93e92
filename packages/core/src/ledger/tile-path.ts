/**
 * Where C2SP tlog-tiles serves the hashes and entries of a ledger: `tile/<level>/<index>[.p/<width>]`.
 * @module
 */

/** Hashes in a full tile. */
const FULL_WIDTH = 256;
const MAX_LEVEL = 63;

/** One tile of hashes, or one bundle of entries. */
export interface TileAddress {
  /** 0 for leaf hashes; `entries` for the entries themselves, laid out as level 0. */
  readonly level: number | 'entries';
  /** From 0 within the level. */
  readonly index: number;
  /** 256 when full, less at the growing edge. */
  readonly width: number;
}

/** The path without a leading slash. @throws RangeError for an address outside what the specification allows. */
export function tilePath({ level, index, width }: TileAddress): string {
  if (level !== 'entries' && !(Number.isInteger(level) && level >= 0 && level <= MAX_LEVEL)) {
    throw new RangeError(`tile level ${level} is not between 0 and ${MAX_LEVEL}`);
  }
  if (!Number.isSafeInteger(index) || index < 0) throw new RangeError(`tile index ${index} is not a whole number`);
  if (!Number.isInteger(width) || width < 1 || width > FULL_WIDTH) {
    throw new RangeError(`tile width ${width} is not between 1 and ${FULL_WIDTH}`);
  }
  let path = String(index % 1000).padStart(3, '0');
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    path = `x${String(rest % 1000).padStart(3, '0')}/${path}`;
  }
  return `tile/${level}/${path}${width === FULL_WIDTH ? '' : `.p/${width}`}`;
}

const TILE_PATH = /^tile\/(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([0-9]{1,3}))?$/;

/** The address a path stands for, or null when {@link tilePath} would not have written it so. */
export function parseTilePath(path: string): TileAddress | null {
  const match = TILE_PATH.exec(path);
  if (match === null) return null;
  const [, level = '', index = '', width] = match;
  const address: TileAddress = {
    level: level === 'entries' ? level : Number(level),
    index: Number(index.replaceAll(/[x/]/g, '')),
    width: width === undefined ? FULL_WIDTH : Number(width),
  };
  return isWritable(address) && tilePath(address) === path ? address : null;
}

/** Numbers that pass the pattern but not the specification, such as level 64. */
function isWritable({ level, index, width }: TileAddress): boolean {
  return (
    (level === 'entries' || level <= MAX_LEVEL) && Number.isSafeInteger(index) && width >= 1 && width <= FULL_WIDTH
  );
}

/** Width of a tile in a ledger of `size` entries: 256 when full, 0 when it does not exist. */
export function tileWidth(level: number | 'entries', index: number, size: number): number {
  const hashes = Math.floor(size / FULL_WIDTH ** (level === 'entries' ? 0 : level));
  return Math.max(0, Math.min(FULL_WIDTH, hashes - index * FULL_WIDTH));
}
