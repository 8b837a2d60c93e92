/**
 * Rounded vectors of documents with ordinals in one range, as bytes: a fraction of the vectors' own size, and ready to
 * be scanned. Layout, little-endian: header (eight 32-bit words), then for each row its document's ordinal, scale and
 * error (32 bits each, section by section), then the rows, a multiple of 16 bytes each. Rows ascend by ordinal and
 * passage.
 * @module
 */
import { checksum32 } from '../checksum.js';
import { SegmentFormatError, type EncodedSegment, type SegmentRange } from '../segment.js';

/** Raised on any change of the layout or of how vectors are rounded. */
export const VECTOR_BLOB_VERSION = 1;

const MAGIC = 0x56454346;
const HEADER_WORDS = 8;

/** Views into one blob. */
export interface VectorBlob extends SegmentRange {
  readonly rows: number;
  readonly ordinals: Int32Array;
  readonly scales: Float32Array;
  readonly errors: Float32Array;
  readonly matrix: Uint8Array;
}

/** Lays out `rows` rows of `stride` bytes and has `fill` write them. */
export function encodeVectorBlob(
  { first, count }: SegmentRange,
  { dimensions, stride, rows }: { readonly dimensions: number; readonly stride: number; readonly rows: number },
  fill: (blob: VectorBlob) => void,
): EncodedSegment {
  const bytes = new Uint8Array(4 * (HEADER_WORDS + 3 * rows) + rows * stride);
  fill(viewsOf(bytes, { first, count, rows }));
  const header = new Uint32Array(bytes.buffer, 0, HEADER_WORDS);
  header.set([MAGIC, VECTOR_BLOB_VERSION, 0, bytes.length, dimensions, first, count, rows]);
  header[2] = checksumOf(bytes);
  return { first, count, bytes };
}

/**
 * Opens a blob of vectors of `dimensions` dimensions. The bytes are used in place.
 * @throws SegmentFormatError when they are damaged, of another version, or of another dimension.
 */
export function openVectorBlob(source: Uint8Array, dimensions: number, stride: number): VectorBlob {
  const bytes = source.byteOffset % 4 === 0 ? source : source.slice();
  const corrupt = (what: string) => new SegmentFormatError('SEGMENT_CORRUPT', what);
  if (bytes.length < HEADER_WORDS * 4) throw corrupt('the vectors are too short');
  const header = new Uint32Array(bytes.buffer, bytes.byteOffset, HEADER_WORDS);
  const [magic, version, sum, size, held, first = 0, count = 0, rows = 0] = header;
  if (magic !== MAGIC) throw corrupt('these bytes are no vectors');
  if (version !== VECTOR_BLOB_VERSION) {
    throw new SegmentFormatError('SEGMENT_VERSION', 'the vectors were written by another version');
  }
  if (size !== bytes.length || size % 4 !== 0 || sum !== checksumOf(bytes)) {
    throw corrupt('the vectors do not match their checksum');
  }
  if (held !== dimensions) {
    throw new SegmentFormatError('SEGMENT_VERSION', `the vectors have ${held} dimensions, not ${dimensions}`);
  }
  if (size !== 4 * (HEADER_WORDS + 3 * rows) + rows * stride) throw corrupt('the vectors do not fill their bytes');
  return viewsOf(bytes, { first, count, rows });
}

function viewsOf(bytes: Uint8Array, range: SegmentRange & { readonly rows: number }): VectorBlob {
  const { buffer, byteOffset } = bytes;
  const { rows } = range;
  const section = (number: number): number => byteOffset + 4 * (HEADER_WORDS + number * rows);
  return {
    ...range,
    ordinals: new Int32Array(buffer, section(0), rows),
    scales: new Float32Array(buffer, section(1), rows),
    errors: new Float32Array(buffer, section(2), rows),
    matrix: bytes.subarray(section(3) - byteOffset),
  };
}

/** The checksum covers the whole blob with its own word read as zero. */
function checksumOf(bytes: Uint8Array): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  const head = words.slice(0, HEADER_WORDS);
  head[2] = 0;
  return checksum32(words.subarray(HEADER_WORDS), checksum32(head));
}
