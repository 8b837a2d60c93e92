import { describe, expect, it } from 'vitest';
import { citationsIn, ruleFaults, rulesIn } from './check-rules.mjs';

const spec = (...ids: string[]) => ids.map((id) => `- **${id}** text`).join('\n');
const tests = (source: string) => new Map([['a.test.ts', source]]);

describe('rules check', () => {
  it('reads numbered bullets and nothing else', () => {
    expect(rulesIn('# LED-9\n- **LED-1** a\n* **LED-2** b\n- see LED-8\n**LED-7** c')).toEqual(['LED-1', 'LED-2']);
  });

  it('is content when each rule is cited by a title, plain, in a template, nested or parametrised', () => {
    const source = [
      `describe('x', () => { it('[LED-1] a', () => {}); });`,
      `it.each([1])('[LED-2] b', () => {});`,
      `t.describe('y', () => t.it('[LED-5] c', f));`,
      'it(`[LED-3] [LED-4] on ${engine}`, () => {});',
    ].join('\n');
    expect(ruleFaults(spec('LED-1', 'LED-2', 'LED-3', 'LED-4', 'LED-5'), tests(source))).toEqual([]);
  });

  it('names a rule that no test cites', () => {
    expect(ruleFaults(spec('LED-1', 'LED-2'), tests(`it('[LED-1] a', f);`))).toEqual([
      'packages/core/SPEC.md: no test is titled [LED-2]',
    ]);
  });

  it('names a test that cites no rule, with its file', () => {
    expect(ruleFaults(spec('LED-1'), tests(`it('[LED-1] a', f); it('[LED-9] b', f);`))).toEqual([
      'a.test.ts: cites LED-9, which packages/core/SPEC.md does not have',
    ]);
  });

  it('names a number given twice, and one that is malformed', () => {
    const faults = ruleFaults('- **LED-1** a\n- **LED-1** b\n- **LED-2:** c', tests(`it('[LED-1] a', f);`));
    expect(faults).toEqual([
      'packages/core/SPEC.md: "LED-2:" is not a rule id',
      'packages/core/SPEC.md: LED-1 is numbered 2 times',
    ]);
  });

  it.each([
    ['a comment', `// it('[LED-1] a', f)`],
    ['a skipped test', `it.skip('[LED-1] a', f)`],
    ['a test still to do', `it.todo('[LED-1] a')`],
    ['data that looks like one', `parse('[ADR-3](adr-3.md)')`],
    ['an expectation', `expect('[LED-1]').toBe(1)`],
  ])('does not take %s for a test', (_, source) => {
    expect(citationsIn(source)).toEqual([]);
  });
});
