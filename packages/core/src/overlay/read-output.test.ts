import { expect, it } from 'vitest';
import { readOutput } from './read-output.js';

it.each(['1e999', '[{"a": -1e999}]', '"\\ud800"', '{"\\udc00": 1}', '{'])(
  '[OVL-30] faults a result that cannot be handed on as it is: %s',
  (text) => {
    expect(readOutput('run', text)).toMatchObject({ output: null, fault: { code: 'bad_result' } });
  },
);

it('[OVL-30] hands on everything else', () => {
  const text = '{"a": [1e300, "\\ud83d\\ude00", null, true, ""]}';
  expect(readOutput('run', text)).toEqual({ output: JSON.parse(text), fault: null });
});
