/** Indexes of what is added to a module. */
export interface Added {
  readonly fuel: number;
  readonly trap: number;
  readonly depth: number;
  /** Function `(asked, present, most: i32) -> i64`: what may be grown by, 0 where there is no room. */
  readonly growable: number;
  /** By function whose calls are counted: the function that has its code, see `counted-calls.ts`. */
  readonly inner: ReadonlyMap<number, number>;
}
