/**
 * Which conditions of a filter a document does not meet. Each is put to the very mask that searches use, alone, so that
 * what is said here cannot drift from what searches do.
 * @module
 */
import type { CapsuleHeader } from '../capsule/capsule.js';
import type { CapsuleFilter } from '../ports/capsule-reader.js';
import type { FailedCondition } from '../ports/search-reader.js';
import type { DocColumns } from './doc-columns.js';
import { buildMask, type SearchFilter } from './filter-mask.js';

/** A document and the filter it is held against, as it was asked and as the mask takes it. */
export interface HeldAgainst {
  readonly columns: DocColumns;
  readonly ordinal: number;
  readonly header: CapsuleHeader;
  readonly asked: CapsuleFilter;
  readonly conditions: SearchFilter;
}

/** Empty exactly when the filter lets the document through; rights and erasure are not conditions. */
export function failedConditions(held: HeldAgainst): FailedCondition[] {
  const { columns, ordinal, asked, conditions } = held;
  const mask = new Uint8Array(columns.size);
  const meets = (alone: SearchFilter): boolean => {
    buildMask(columns, alone, mask);
    return mask[ordinal] === 1;
  };
  const whatever = { includeArchived: true, includeRetracted: true };
  const { asOfSeq } = conditions;
  const now = asOfSeq === undefined ? {} : { asOfSeq };
  // When a version was recorded it was current, so that nothing but the condition under test can fail.
  const atItsTime = { ...whatever, asOfSeq: columns.recordedFrom[ordinal] ?? 0 };
  const failed: FailedCondition[] = [];
  if (!meets({ ...whatever, ...now })) failed.push(notCurrent(held));
  else if (!meets({ ...now, includeRetracted: true, includeArchived: conditions.includeArchived === true })) {
    failed.push({ condition: 'archived', text: `Its series ${asOfSeq === undefined ? 'is' : 'was'} archived.` });
  }
  if (!meets({ ...atItsTime, includeRetracted: conditions.includeRetracted === true })) {
    failed.push({ condition: 'retracted', text: 'It was retracted.' });
  }
  for (const [condition, key, text] of NARROWING) {
    const value = conditions[key];
    if (value !== undefined && asked[condition] !== undefined && !meets({ ...atItsTime, [key]: value })) {
      failed.push({ condition, text: text(held) });
    }
  }
  return failed;
}

type Narrowing = Exclude<keyof CapsuleFilter, 'asOf' | 'includeArchived' | 'includeRetracted'>;

const NARROWING: readonly (readonly [Narrowing, keyof SearchFilter, (held: HeldAgainst) => string])[] = [
  ['minTrust', 'minTrust', lessTrust],
  ['types', 'types', ({ header, asked }) => `Its type is ${header.type}, not ${listed(asked.types, 'or')}.`],
  ['tags', 'tags', lacksTags],
  ['ownerId', 'owner', ({ header, asked }) => `It belongs to ${header.ownerId}, not to ${asked.ownerId}.`],
  ['collection', 'collection', elsewhere],
  ['validAt', 'validAt', notValid],
  [
    'createdFrom',
    'createdFrom',
    ({ header, asked }) => `It was created ${header.createdAt}, before ${asked.createdFrom}.`,
  ],
  [
    'createdTo',
    'createdTo',
    ({ header, asked }) => `It was created ${header.createdAt}, not before ${asked.createdTo}.`,
  ],
];

function notCurrent({ columns, ordinal, header, asked, conditions: { asOfSeq } }: HeldAgainst): FailedCondition {
  if (asOfSeq === undefined) {
    return { condition: 'newerVersion', text: `It is version ${header.version}, and a newer version exists.` };
  }
  const later = (columns.recordedFrom[ordinal] ?? 0) > asOfSeq;
  return later
    ? { condition: 'asOf', text: `It was recorded ${header.createdAt}, after ${asked.asOf}.` }
    : { condition: 'asOf', text: `It is version ${header.version}, which a newer one had replaced by ${asked.asOf}.` };
}

function lessTrust({ columns, ordinal, header, asked }: HeldAgainst): string {
  const chainTrust = columns.chainTrust[ordinal] ?? 0;
  const own = header.trust >= (asked.minTrust ?? 0) ? `, though its own trust is ${header.trust}` : '';
  return `Its chain trust ${chainTrust} is below the ${asked.minTrust} asked for${own}.`;
}

function lacksTags({ header, asked: { tags = [] } }: HeldAgainst): string {
  const missing = [...new Set(tags)].filter((tag) => !header.tags.includes(tag));
  return `It does not carry the ${missing.length === 1 ? 'tag' : 'tags'} ${listed(missing, 'and')}.`;
}

function elsewhere({ header, asked }: HeldAgainst): string {
  const where = header.collection === null ? 'no collection' : `the collection ${header.collection}`;
  return `It is in ${where}, not in ${asked.collection}.`;
}

function notValid({ header: { validFrom, validTo }, asked }: HeldAgainst): string {
  const bounds = [
    ...(validFrom === null ? [] : [`from ${validFrom}`]),
    ...(validTo === null ? [] : [`until ${validTo}`]),
  ];
  return `It holds true ${bounds.join(' ')}, so not at ${asked.validAt}.`;
}

function listed(values: readonly string[] = [], word: 'and' | 'or'): string {
  if (values.length === 0) return 'one of none';
  return values.length === 1 ? String(values[0]) : `${values.slice(0, -1).join(', ')} ${word} ${values.at(-1)}`;
}
