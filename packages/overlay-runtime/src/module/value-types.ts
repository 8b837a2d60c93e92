/** Value types by their byte. */
export const VALUE_TYPES: ReadonlyMap<number, string> = new Map([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x70, 'funcref'],
  [0x6f, 'externref'],
]);

export const FUNCREF = 0x70;
export const I32 = 0x7f;
export const I64 = 0x7e;

export const isReference = (type: number): boolean => type === 0x70 || type === 0x6f;

export interface FunctionType {
  /** Bytes of value types. */
  readonly params: readonly number[];
  readonly results: readonly number[];
}

const list = (types: readonly number[]) => types.map((type) => VALUE_TYPES.get(type) ?? '?').join(', ');

/** As the ABI page writes it: `(i32, i32) -> i64`, with `()` for no result. */
export function typeText({ params, results }: FunctionType): string {
  return `(${list(params)}) -> ${results.length === 1 ? list(results) : `(${list(results)})`}`;
}
