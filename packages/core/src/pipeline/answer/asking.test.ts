import { describe, expect, it } from 'vitest';
import { asksToTell, withoutAsking } from './asking.js';

const single = (text: string): string => text.replace(/\s+/gu, ' ').trim();

describe('the words of asking', () => {
  it.each([
    ['Tell me about backups, please', 'backups'],
    ['Please summarise the wombat', 'the wombat'],
    ['Could you explain why it rains?', 'why it rains?'],
    ['Give me a short overview of the ledger', 'the ledger'],
    ['What do we know about ferrets?', 'ferrets?'],
    ['When may it be deleted?', 'When it be deleted?'],
    ['Wann läuft die Sicherung?', 'läuft Sicherung?'],
    ['¿Cuándo se hace la copia?', '¿ hace copia?'],
    ['Quand part le train ?', 'part train ?'],
    ['保留期限是多久？', '保留期限 ？'],
    ['保存期間はどのくらいですか？', '保存期間 ？'],
  ])('[PIP-66] %s is about: %s', (asked, about) => {
    expect(single(withoutAsking(asked))).toBe(about);
  });

  it.each([
    'When did he die?',
    'Was PEP 3103 accepted?',
    'What happened in May?',
    'Who described the wombat?',
    'What does the description say?',
    'Explainer videos',
    'Come in',
  ])('[PIP-66] %s has none', (asked) => {
    expect(withoutAsking(asked)).toBe(asked);
    expect(asksToTell(asked)).toBe(false);
  });
});
