import { describe, expect, it } from 'vitest';
import { labelsOf, namesOf } from './labels.js';
import { kindOf, readQuestion } from './question.js';

describe('labels', () => {
  it.each([
    ['PEP 340', ['pep 340']],
    ['see :pep:`343` and PEP-0008', ['pep 343', 'pep 8']],
    ['ADR-0012, RFC9162 and ADR_7', ['adr 12', 'rfc 9162', 'adr 7']],
    ['section 4.2 of ISO 27001', ['section 4.2', 'iso 27001']],
    ['in 2005, about 30 people from 4 May 6', []],
    ['PEP 3402 is not PEP 340x', ['pep 3402']],
  ])('[PIP-27] %s', (text, labels) => {
    expect(labelsOf(text)).toEqual(labels);
  });

  it('[PIP-27] a capsule goes by its title, the last part of its collection and of its key', () => {
    const of = (title: string | null, collection: string | null, key: string | null): readonly string[] => [
      ...namesOf({ title, collection, key }),
    ];
    expect(of('PEP 340: Anonymous Block Statements', null, null)).toEqual(['pep 340']);
    expect(of('Rejection Notice', 'peps/rst/pep-0340.rst', null)).toEqual(['pep 340']);
    expect(of(null, null, 'adr/adr-0012.md')).toEqual(['adr 12']);
    expect(of('What has changed since PEP 1', null, null)).toEqual([]);
  });
});

describe('questions', () => {
  it('[PIP-22] each question in a question is a part; a part that points back is about the same thing', () => {
    const { parts, labels } = readQuestion('Why did PEP 340 not make it, and what replaced it?');
    expect(labels).toEqual(['pep 340']);
    expect(parts.map(({ kind, labels: named, negative }) => [kind, named, negative])).toEqual([
      ['reason', ['pep 340'], true],
      ['replacement', ['pep 340'], false],
    ]);
  });

  it('[PIP-22] things joined by "and" are no parts of a question', () => {
    expect(readQuestion('What do tea and coffee contain?').parts).toHaveLength(1);
  });

  it('[PIP-22] a comparison of two named things asks what each of them is as well', () => {
    const { parts } = readQuestion('What is the difference between PEP 517 and PEP 518?');
    expect(parts.map(({ kind, labels }) => [kind, labels])).toEqual([
      ['comparison', ['pep 517', 'pep 518']],
      ['definition', ['pep 517']],
      ['definition', ['pep 518']],
    ]);
  });

  it.each([
    ['Why is it so?', 'reason'],
    ['What is the rationale for this?', 'reason'],
    ['What superseded it?', 'replacement'],
    ['Was it superseded?', 'status'],
    ['What is its status?', 'status'],
    ['Why was it rejected?', 'reason'],
    ['When was it accepted?', 'time'],
    ['When was it made?', 'time'],
    ['Who made it?', 'person'],
    ['How many are there?', 'quantity'],
    ['Where is it?', 'place'],
    ['How is it made?', 'method'],
    ['What is it?', 'definition'],
    ['How does it differ from that?', 'comparison'],
    ['ledger colours', 'other'],
  ])('[PIP-22] %s asks for a %s', (text, kind) => {
    expect(kindOf(text)).toBe(kind);
  });
});
