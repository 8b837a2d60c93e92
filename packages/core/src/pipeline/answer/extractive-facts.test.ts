import { describe, expect, it } from 'vitest';
import { quotedAnswer, quotesOf } from '../testing/given-question.js';
import { givenSource } from '../testing/given-source.js';
import { NOTHING_FOUND } from './nothing-found.js';

const FED = 'The wombat is fed at nine every morning by the night keeper, because it is quiet then.';
const KEPT = 'The records are kept for seven years, because the regulator asks for six.';
const DELETED = 'Audit records are not deleted before that.';

const house = [
  givenSource('ferret', 'The ferret sleeps at noon.', { title: 'Ferret' }),
  givenSource('wombat', `${FED} The wombat lives in the east house. Anna Keller wrote this rule in 2019.`, {
    title: 'Wombat care',
  }),
  givenSource(
    'backups',
    'Backups run at 02:00 UTC on Sundays. They are kept for 30 days in Frankfurt. The on-call engineer restores them.',
    { title: 'Backups' },
  ),
  givenSource('retention', `${KEPT} ${DELETED}`, { title: 'Retention' }),
  givenSource('models', 'To add a model, run forge model add with its name.', { title: 'Models' }),
  givenSource('frist', 'Die Aufbewahrungsfrist beträgt zehn Jahre.'),
  givenSource('期限', '保留期限为十年。'),
];

describe('facts', () => {
  it.each([
    ['When does the ferret sleep?', 'The ferret sleeps at noon.'],
    ['What time does the ferret sleep?', 'The ferret sleeps at noon.'],
    ['When do backups run?', 'Backups run at 02:00 UTC on Sundays.'],
    ['When is the wombat fed?', FED],
    ['Who feeds the wombat?', FED],
    ['Who restores backups?', 'The on-call engineer restores them.'],
    ['When was the wombat rule written?', 'Anna Keller wrote this rule in 2019.'],
    ['For how many years do we keep records?', KEPT],
    ['When may audit records be deleted?', `${KEPT} ${DELETED}`],
    ['How do I add a model?', 'To add a model, run forge model add with its name.'],
  ])('[PIP-22] are known by clock times, habits, offices and other forms of a word: %s', async (asked, quote) => {
    expect((await quotesOf(asked, house))[0]).toBe(quote);
  });

  it('[PIP-65] that sound like no answer of the kind are quoted where they say all that the question names', async () => {
    const only = [givenSource('a', 'The badger wakes when the lamps are lit.')];
    expect(await quotesOf('When does the badger wake?', only)).toEqual(['The badger wakes when the lamps are lit.']);
    const timed = [givenSource('a', 'The badger wakes when the lamps are lit. The badger wakes at noon.')];
    expect(await quotesOf('When does the badger wake?', timed)).toEqual(['The badger wakes at noon.']);
  });

  it.each([
    'When does the badger sleep?',
    'When was the ferret born?',
    'When was the ferret fed?',
    'Who feeds the ferret?',
    'Who wrote the backups?',
    'What replaced the backups?',
    'How old is the wombat?',
    'How many ferrets are there?',
    'What is the policy on travel?',
    'What do we know about giraffes?',
    'Tell me about elephants',
    'Wie hoch ist die Miete?',
    '工资是多少？',
    'What do we know?',
    'please',
  ])('[PIP-65] are not made up of a subject alone: %s', async (asked) => {
    expect((await quotedAnswer(asked, house)).text).toBe(NOTHING_FOUND);
  });

  it.each([
    ['Tell me about backups', 'Backups run at 02:00 UTC on Sundays.'],
    ['Describe the wombat', `${FED} The wombat lives in the east house.`],
    ['What do we know about the ferret?', 'The ferret sleeps at noon.'],
    ['Could you please tell me when the ferret sleeps?', 'The ferret sleeps at noon.'],
    ['How long are records kept, please?', KEPT],
    ['Wie lang ist die Aufbewahrungsfrist?', 'Die Aufbewahrungsfrist beträgt zehn Jahre.'],
    ['保留期限是多久？', '保留期限为十年。'],
  ])('[PIP-66] are asked after in words that nothing need say: %s', async (asked, quote) => {
    expect((await quotesOf(asked, house))[0]).toBe(quote);
  });

  it.each(['retention', 'What is our retention policy?', 'Explain retention, please'])(
    '[PIP-67] stand under a title that is all that was asked: %s',
    async (asked) => {
      expect((await quotesOf(asked, house))[0]).toBe(KEPT);
    },
  );

  it('[PIP-67] stand under a heading that is all that was asked, not under one that says more', async () => {
    const handbook = givenSource(
      'a',
      `# Handbook\n\n## Retention\n\n${KEPT}\n\n## Leave of staff\n\nAsk in time, in writing.`,
    );
    expect(await quotesOf('What about retention?', [handbook])).toEqual([KEPT]);
    expect(await quotesOf('What about staff?', [handbook])).toEqual([]);
  });
});
