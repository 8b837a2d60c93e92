import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertCanonicalText, CanonicalJsonError, canonicalize, MAX_NESTING } from './canonical-json.js';
import type { JsonValue } from './json.js';

function refusal(value: unknown): { reason: string; path: string; message: string } {
  try {
    canonicalize(value as JsonValue);
  } catch (error) {
    if (error instanceof CanonicalJsonError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** Input and output of the RFC's published samples, as JSON text. */
const SAMPLES: Record<string, readonly [string, string]> = {
  arrays: ['[56, {"d": true, "10": null, "1": []}]', '[56,{"1":[],"10":null,"d":true}]'],
  french: [
    '{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ignore locale"}',
    '{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ignore locale"}',
  ],
  structures: [
    '{"1":{"f":{"f":"hi","F":5},"\\n":56.0},"10":{},"":"empty","a":{},"111":[{"e":"yes","E":"no"}],"A":{}}',
    '{"":"empty","1":{"\\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}',
  ],
  unicode: ['{"Unnormalized Unicode":"A\\u030a"}', '{"Unnormalized Unicode":"A\u030a"}'],
  // The published sample also holds 1E30, an integer beyond 2^53-1, which the ledger refuses; see LED-5.
  values: [
    '{"numbers":[333333333.33333329,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    '{"literals":[null,true,false],"numbers":[333333333.3333333,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  ],
  weird: [
    '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\u000a":"Newline","1":"One","\\u0080":"Control\\u007f","\\ud83d\\ude02":"Smiley","\\u00f6":"Latin Small Letter O With Diaeresis","\\ufb33":"Hebrew Letter Dalet With Dagesh","</script>":"Browser Challenge"}',
    '{"\\n":"Newline","\\r":"Carriage Return","1":"One","</script>":"Browser Challenge","\u0080":"Control\u007f","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😂":"Smiley","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
  ],
};

/** RFC 8785 appendix B: IEEE 754 bits and their text. */
const NUMBERS: readonly (readonly [string, string])[] = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
];
/** The rows of appendix B that are integers beyond 2^53-1, and its NaN and Infinity. */
const REFUSED_NUMBERS: readonly (readonly [string, string])[] = [
  ['7fefffffffffffff', 'unsafe_integer'],
  ['ffefffffffffffff', 'unsafe_integer'],
  ['4340000000000000', 'unsafe_integer'],
  ['c340000000000000', 'unsafe_integer'],
  ['4430000000000000', 'unsafe_integer'],
  ['44b52d02c7e14af5', 'unsafe_integer'],
  ['44b52d02c7e14af6', 'unsafe_integer'],
  ['44b52d02c7e14af7', 'unsafe_integer'],
  ['444b1ae4d6e2ef4e', 'unsafe_integer'],
  ['444b1ae4d6e2ef4f', 'unsafe_integer'],
  ['444b1ae4d6e2ef50', 'unsafe_integer'],
  ['7fffffffffffffff', 'not_finite'],
  ['7ff0000000000000', 'not_finite'],
  ['fff0000000000000', 'not_finite'],
];

function double(bits: string): number {
  return Buffer.from(bits, 'hex').readDoubleBE();
}

const text = fc.string({ unit: 'binary' }).map((s) => s.replaceAll('\0', ''));
const anyJson = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, min: -1e15, max: 1e15 }),
    text,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(text, tie('value'), { maxKeys: 5 }),
  ),
})).value;

describe('canonicalize', () => {
  for (const [name, [input, output]] of Object.entries(SAMPLES)) {
    it(`[LED-1] writes the published sample ${name}`, () => {
      expect(canonicalize(JSON.parse(input) as JsonValue)).toBe(output);
    });
  }

  it('[LED-1] writes what reads back as the same value, and only once', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const canonical = canonicalize(value);
        const back = JSON.parse(canonical) as JsonValue;
        expect(back).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalize(back)).toBe(canonical);
      }),
    );
  });

  it('[LED-2] does not depend on the order in which keys were set', () => {
    fc.assert(
      fc.property(fc.uniqueArray(text, { maxLength: 12 }), (keys) => {
        const forward = canonicalize(Object.fromEntries(keys.map((key) => [key, 1])));
        const backward = canonicalize(Object.fromEntries(keys.toReversed().map((key) => [key, 1])));
        expect(forward).toBe(backward);
      }),
    );
  });

  it('[LED-2] orders keys by UTF-16 code unit, not by code point', () => {
    // U+10000 is written with units from d800, so it comes before U+E000 although its code point is larger.
    expect(canonicalize({ '\ue000': 1, '\u{10000}': 2, '10': 3, '9': 4 })).toBe(
      '{"10":3,"9":4,"\u{10000}":2,"\ue000":1}',
    );
  });

  it('[LED-2] keeps a key named __proto__', () => {
    expect(canonicalize(JSON.parse('{"b":1,"__proto__":{"a":2}}') as JsonValue)).toBe('{"__proto__":{"a":2},"b":1}');
  });

  it('[LED-3] writes the numbers of appendix B', () => {
    expect(NUMBERS.map(([bits]) => canonicalize(double(bits)))).toEqual(NUMBERS.map(([, written]) => written));
    expect(canonicalize([-0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])).toBe(
      '[0,9007199254740991,-9007199254740991]',
    );
  });

  it('[LED-4] refuses half surrogate pairs and U+0000, in values and in keys', () => {
    for (const bad of ['\ud800', 'a\udfff', '\ud83d x', '\ude02\ud83d', `${'x'.repeat(300)}\ud800`]) {
      expect(refusal({ a: bad })).toMatchObject({ reason: 'lone_surrogate', path: '$.a' });
      expect(refusal({ [bad]: 1 }).reason).toBe('lone_surrogate');
      expect(() => assertCanonicalText(bad, '$.title')).toThrow(CanonicalJsonError);
    }
    for (const bad of ['\0', 'a\0b']) {
      expect(refusal([bad])).toMatchObject({ reason: 'nul_character', path: '$[0]' });
      expect(refusal({ [bad]: 1 }).reason).toBe('nul_character');
      expect(() => assertCanonicalText(bad, '$.title')).toThrow('$.title: text holds the character U+0000');
    }
    expect(() => assertCanonicalText('Line\nand "quote" and 😂', '$.title')).not.toThrow();
  });

  it('[LED-5] refuses integers beyond 2^53-1 and numbers that are not finite', () => {
    for (const [bits, reason] of REFUSED_NUMBERS) {
      expect(refusal({ n: [double(bits)] })).toMatchObject({ reason, path: '$.n[0]' });
    }
  });

  it('[LED-6] refuses whatever is not plain JSON', () => {
    const holes: unknown[] = [1];
    holes.length = 2;
    const others = [undefined, () => 1, Symbol('s'), 1n, new Date(0), new Map(), new Uint8Array(2), Object.create({})];
    for (const other of others) {
      expect(refusal(other)).toMatchObject({ reason: 'not_json', path: '$' });
      expect(refusal({ a: [0, other] })).toMatchObject({ reason: 'not_json', path: '$.a[1]' });
    }
    expect(refusal(holes)).toMatchObject({ reason: 'not_json', path: '$[1]' });
    expect(refusal({ toJSON: () => 1 })).toMatchObject({ reason: 'not_json', path: '$.toJSON' });
    expect(canonicalize(Object.assign(Object.create(null), { a: 1 }) as JsonValue)).toBe('{"a":1}');
  });

  it('[LED-7] refuses cycles and names where they close', () => {
    const self: Record<string, unknown> = {};
    self['me'] = self;
    expect(refusal(self)).toMatchObject({ reason: 'cycle', path: '$.me' });
    const list: unknown[] = [];
    list.push({ back: list });
    expect(refusal({ list })).toMatchObject({ reason: 'cycle', path: '$.list[0].back' });
    const twice = { a: 1 };
    expect(canonicalize([twice, twice])).toBe('[{"a":1},{"a":1}]');
  });

  it('[LED-7] takes 256 levels and refuses 257', () => {
    const nested = (levels: number): unknown => {
      let value: unknown = 1;
      for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value };
      return value;
    };
    expect(canonicalize(nested(MAX_NESTING) as JsonValue)).toHaveLength(128 * '[]'.length + 128 * '{"a":}'.length + 1);
    expect(refusal(nested(MAX_NESTING + 1)).reason).toBe('too_deep');
  });

  it('[LED-8] says where and why, never what', () => {
    const error = refusal({ notes: [1, { 'two words': 'a secret\0' }] });
    expect(error.path).toBe('$.notes[1]["two words"]');
    expect(error.message).toBe('$.notes[1]["two words"]: text holds the character U+0000');
    expect(error.message).not.toContain('secret');
  });
});
