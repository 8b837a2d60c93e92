/** Numbers that name something rather than count it: `note 12`, `No. 7`, `#31`. */
import { isWordByte } from './words';

const LABELLING: string[] = [
  'note',
  'notes',
  'number',
  'no',
  'nr',
  'item',
  'case',
  'ticket',
  'issue',
  'id',
  'serial',
  'docket',
  'invoice',
  'record',
  'entry',
  'document',
  'memo',
  'page',
  'figure',
  'fig',
  'table',
  'chapter',
  'annex',
  'appendix',
  'batch',
  'lot',
  'sample',
  'specimen',
  'patient',
];

/** Whether the number that begins at `at` in a sentence that begins at `start` is such a name. */
export function isLabel(at: usize, start: usize): bool {
  let p = at;
  let signs = 0;
  while (p > start && !isWordByte(load<u8>(p - 1))) {
    const c = load<u8>(p - 1);
    if (c == 35) return true;
    if ((c != 32 && c != 46 && c != 58) || ++signs > 3) return false;
    p--;
  }
  let from = p;
  while (from > start && isWordByte(load<u8>(from - 1))) from--;
  for (let i = 0; i < LABELLING.length; i++) if (isWord(from, <i32>(p - from), LABELLING[i])) return true;
  return false;
}

function isWord(at: usize, length: i32, word: string): bool {
  if (word.length != length) return false;
  for (let i = 0; i < length; i++) if (<i32>(load<u8>(at + i) | 32) != word.charCodeAt(i)) return false;
  return true;
}
