import { describe, expect, it } from 'vitest';
import { nameTerm, titleNames } from './title-names.js';

const called = (title: string, query: string): boolean => titleNames(title).some((name) => name === nameTerm(query));

describe('names of titles', () => {
  it.each([
    ['PEP 20: The Zen of Python', 'The Zen of Python'],
    ['PEP 20: The Zen of Python', 'zen of python?'],
    ['PEP 20: The Zen of Python', 'PEP-0020'],
    ['PEP 20: The Zen of Python', 'pep 20 zen of Python'],
    ['ADR-0012: Use Redis', 'adr 12'],
    ['Retention', 'What is retention?'],
    ['To be or not to be', 'to be or not to be'],
    ['PEP 8: Style Guide › Naming › Names to Avoid', 'names to avoid'],
    ['PEP 8: Style Guide › Naming › Names to Avoid', 'PEP 8 names to avoid'],
    ['PEP 8: Style Guide › Naming › Names to Avoid', 'style guide: names to avoid'],
  ])('[SEA-66] of %j: %j', (title, query) => expect(called(title, query)).toBe(true));

  it.each([
    ['PEP 20: The Zen of Python', 'Python'],
    ['PEP 20: The Zen of Python', 'PEP 2'],
    ['PEP 8: Style Guide › Naming', 'PEP 8'],
    ['PEP 8: Style Guide › Naming', 'Style Guide'],
    ['Release 1.05', 'Release 1.5'],
    ['', ''],
  ])('[SEA-66] not of %j: %j', (title, query) => expect(called(title, query)).toBe(false));
});
