/**
 * RFC 8785 (JCS) text of a value. The accepted values are a strict subset of what the RFC accepts: nothing passes that
 * another reader could read back differently.
 * @module
 */
import type { JsonValue } from './json.js';

/** Why a value has no canonical text. */
export type CanonicalJsonFault =
  'lone_surrogate' | 'nul_character' | 'not_finite' | 'unsafe_integer' | 'not_json' | 'cycle' | 'too_deep';

const MEANING: Readonly<Record<CanonicalJsonFault, string>> = {
  lone_surrogate: 'text holds half of a surrogate pair',
  nul_character: 'text holds the character U+0000',
  not_finite: 'number is not finite',
  unsafe_integer: 'integer is beyond 2^53-1',
  not_json: 'value is not a plain JSON value',
  cycle: 'value contains itself',
  too_deep: 'value is nested deeper than 256',
};

/** A value was refused. `path` says where, as in `$.a[3]`; the message never quotes the value itself. */
export class CanonicalJsonError extends Error {
  override readonly name = 'CanonicalJsonError';
  constructor(
    readonly reason: CanonicalJsonFault,
    readonly path: string,
  ) {
    super(`${path}: ${MEANING[reason]}`);
  }
}

/** Objects and arrays may be nested this deep. */
export const MAX_NESTING = 256;

/**
 * The value in RFC 8785 form: no white space, keys in code-unit order, numbers as ECMAScript prints them.
 * @throws CanonicalJsonError for lone surrogates, U+0000, non-finite numbers, integers beyond 2^53-1, anything JSON
 * does not know (also undefined, holes and class instances), cycles, and nesting deeper than {@link MAX_NESTING}.
 */
export function canonicalize(value: JsonValue): string {
  try {
    return write(value, 1);
  } catch (error) {
    throw error instanceof Refusal ? error.toError('$') : error;
  }
}

/**
 * Checks one string at a boundary.
 * @throws CanonicalJsonError (`lone_surrogate`, `nul_character`) naming the given path.
 */
export function assertCanonicalText(text: string, path: string): void {
  if (SPECIAL.test(text)) {
    const fault = textFault(text);
    if (fault !== null) throw new CanonicalJsonError(fault, path);
  }
}

/** Characters that JSON escapes, or that may make a text unfit. A text without any is its own JSON. */
const SPECIAL = /[\0-\x1f"\\\ud800-\udfff]/;

function textFault(text: string): CanonicalJsonFault | null {
  if (text.includes('\0')) return 'nul_character';
  return text.isWellFormed() ? null : 'lone_surrogate';
}

function quote(text: string): string {
  if (!SPECIAL.test(text)) return `"${text}"`;
  const fault = textFault(text);
  if (fault !== null) throw new Refusal(fault);
  return JSON.stringify(text);
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return writeNumber(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth > MAX_NESTING) throw new Refusal('too_deep');
      return Array.isArray(value) ? writeArray(value, depth) : writeObject(value, depth);
    default:
      throw new Refusal('not_json');
  }
}

function writeNumber(value: number): string {
  if (Number.isSafeInteger(value) || !Number.isInteger(value)) {
    if (!Number.isFinite(value)) throw new Refusal('not_finite');
    // The RFC adopts ECMAScript's own number to string conversion, which also turns -0 into 0.
    return String(value);
  }
  throw new Refusal('unsafe_integer');
}

function writeArray(items: readonly unknown[], depth: number): string {
  let text = '[';
  let i = 0;
  try {
    for (; i < items.length; i++) text += i === 0 ? write(items[i], depth + 1) : ',' + write(items[i], depth + 1);
  } catch (error) {
    throw error instanceof Refusal ? error.inside(items, i) : error;
  }
  return text + ']';
}

function writeObject(object: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) throw new Refusal('not_json');
  const record = object as Readonly<Record<string, unknown>>;
  const keys = Object.keys(record);
  if (!inOrder(keys)) keys.sort(); // Without a comparator this is the code-unit order the RFC asks for.
  let text = '{';
  let key = '';
  try {
    for (let i = 0; i < keys.length; i++) {
      key = keys[i] as string;
      text += (i === 0 ? quote(key) : ',' + quote(key)) + ':' + write(record[key], depth + 1);
    }
  } catch (error) {
    throw error instanceof Refusal ? error.inside(object, key) : error;
  }
  return text + '}';
}

function inOrder(keys: readonly string[]): boolean {
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] as string) > (keys[i] as string)) return false;
  return true;
}

/** Carries a fault up to the root and collects its path on the way, so that the usual case pays nothing for paths. */
class Refusal {
  /** From the faulty value up to the root. */
  readonly #steps: { readonly container: object; readonly step: string | number }[] = [];
  constructor(readonly fault: CanonicalJsonFault) {}

  inside(container: object, step: string | number): this {
    this.#steps.push({ container, step });
    return this;
  }

  toError(root: string): CanonicalJsonError {
    const steps = this.#steps.toReversed();
    const seen = new Set<object>();
    let path = root;
    for (const { container, step } of steps) {
      // A value nested too deep that meets itself on the way down is a cycle, and ends where it closes.
      if (seen.has(container)) return new CanonicalJsonError('cycle', path);
      if (this.fault === 'too_deep') seen.add(container);
      path += stepText(step);
    }
    return new CanonicalJsonError(this.fault, path);
  }
}

function stepText(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`;
  return /^[A-Za-z_$][\w$]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}
