/**
 * What the suite needs of a test runner, by shape: core does not depend on one. Vitest's exports fit.
 * @module
 */
import type { Store } from '../ports/store.js';

export interface Matchers {
  readonly not: Matchers;
  readonly rejects: AsyncMatchers;
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
  toMatchObject(expected: object): void;
  toBeNull(): void;
  toHaveLength(length: number): void;
  toContain(item: unknown): void;
  toBeGreaterThan(bound: number): void;
  toBeGreaterThanOrEqual(bound: number): void;
  toBeLessThan(bound: number): void;
  toBeLessThanOrEqual(bound: number): void;
}

export interface AsyncMatchers {
  toMatchObject(expected: object): Promise<void>;
  toThrow(): Promise<void>;
}

export interface Expect {
  (actual: unknown, message?: string): Matchers;
  /** Stand in an expectation for a text that holds or fits this. */
  stringContaining(part: string): unknown;
  stringMatching(pattern: RegExp): unknown;
}

export interface TestApi {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => void | Promise<void>): unknown;
  readonly expect: Expect;
  beforeEach(body: () => void | Promise<void>): unknown;
  afterEach(body: () => void | Promise<void>): unknown;
}

export interface EngineOptions {
  /** Milliseconds since the epoch; everything the engine dates or lets expire goes by it. */
  readonly now?: () => number;
}

/** An engine under test. */
export interface ContractEngine {
  readonly name: string;
  /** A fresh store that shares no data with any other. */
  open(options?: EngineOptions): Promise<Store>;
  /** A fresh store, opened to receive another one's ledger. */
  receive(options?: EngineOptions): Promise<Store>;
  /** Closes a store and opens its data again. Absent for an engine that keeps nothing. */
  reopen?(store: Store): Promise<Store>;
}

/** The store of the test that is running, and the clock it was opened with. */
export interface Subject {
  readonly store: Store;
  /** Milliseconds since the epoch; moves only when a test moves it. */
  now: number;
}

/** Opens a store before each test of the enclosing `describe` and closes it afterwards. */
export function freshStore(engine: ContractEngine, t: TestApi): Subject {
  let store: Store | null = null;
  const subject = {
    now: START,
    get store(): Store {
      if (store === null) throw new Error('no store outside a test');
      return store;
    },
  };
  t.beforeEach(async () => {
    subject.now = START;
    store = await engine.open({ now: () => subject.now });
  });
  t.afterEach(async () => {
    await store?.close();
    store = null;
  });
  return subject;
}

/** 2026-03-01T00:00:00Z. */
export const START = Date.UTC(2026, 2, 1);

/** RFC 3339 form of milliseconds. */
export function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
