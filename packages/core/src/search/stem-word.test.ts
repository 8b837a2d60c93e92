import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze } from './analyzer.js';
import { stemWord } from './stem-word.js';

const stems = (words: string) => [...new Set(words.split(' ').map(stemWord))];

describe('stemWord', () => {
  it('[SEA-57] keeps apart what merely begins alike, and together what belongs together', () => {
    expect(
      stems('generate generated generates generating generation generations generator generators generative'),
    ).toEqual(['generat']);
    expect(stems('general generally generality generalize generalized generalization')).toEqual(['general']);
    expect(stems('generic generics generically')).toEqual(['generic']);
    expect(stems('generous generously')).toEqual(['generous']);
    expect(stems('communicate communicating communication communicative communicator')).toEqual(['communic']);
    expect(stems('community communities')).toEqual(['communiti']);
    expect(stems('commune communed')).toEqual(['commune']);
    expect(stems('communism communist arsenal arsenals arsenic')).toEqual([
      'communism',
      'communist',
      'arsenal',
      'arsenic',
    ]);
    expect(stems('gener commun arsen')).toEqual(['gener', 'commun', 'arsen']);
  });

  it('[SEA-57] knows the words whose end is no ending, and those of two letters', () => {
    const whole = 'news atlas cosmos bias howe andes sky inning outing canning herring earring proceed exceed succeed';
    expect(whole.split(' ').map(stemWord)).toEqual(whole.split(' '));
    expect(stems('proceed proceeds proceeded proceeding')).toEqual(['proceed']);
    expect(stems('succeed succeeds succeeded succeeding')).toEqual(['succeed']);
    expect(stems('earring earrings')).toEqual(['earring']);
    expect(stems('bias biases biased')).toEqual(['bias']);
    expect([stems('sky skies'), stems('ski skis')]).toEqual([['sky'], ['ski']]);
    expect([stems('die dies died dying'), stems('lie lies lied lying'), stems('tie ties tied tying')]).toEqual([
      ['di'],
      ['li'],
      ['ti'],
    ]);
    expect(stems('idle idly gentle gently single singly')).toEqual(['idl', 'gentl', 'singl']);
    expect(stems('ugly early')).toEqual(['ugli', 'earli']);
  });

  it('[SEA-57] leaves every other word to Porter', () => {
    expect('governing policies relational hopping filing happy'.split(' ').map(stemWord)).toEqual([
      'govern',
      'polici',
      'relat',
      'hop',
      'file',
      'happi',
    ]);
  });

  it('[SEA-46] makes no stem that its word, but for the last character, does not begin with', () => {
    const endings =
      'e s es ed ing y ies ly ic ical ically al ally ality alize ate ation ator ative ism ist ous ously able ee';
    const word = fc
      .tuple(
        fc.oneof(
          fc.constantFrom('gener', 'commun', 'arsen', 'd', 'l', 't', 'sk', 'proceed', 'atlas', 'bia'),
          fc.stringMatching(/^[a-z]{1,7}$/),
        ),
        fc.constantFrom('', ...endings.split(' ')),
        fc.constantFrom('', ...endings.split(' ')),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(word, (given) => {
        for (const stem of analyze(given, { stopWords: 'keep' }))
          expect(given.startsWith(stem.slice(0, -1))).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });
});
