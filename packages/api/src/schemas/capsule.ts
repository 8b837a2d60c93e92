/**
 * Capsules on the wire.
 * @module
 */
import { z } from 'zod';
import * as v from './values.js';

const example = {
  id: '0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8a11',
  series_id: '0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8a10',
  head_id: '0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8a11',
  is_head: true,
  version: '1.0.0',
  type: 'decision',
  title: 'Use PostgreSQL for billing',
  summary: 'Billing moves to PostgreSQL because its isolation levels fit double-entry booking.',
  key: 'adr-12',
  tags: ['billing', 'database'],
  collection: 'adr',
  position: 12,
  owner_id: '0192d3c8-0000-7a50-9f7b-2f4f0d9f8a00',
  parent_id: null,
  trust_level: 60,
  trust_band: 'STANDARD',
  chain_trust: 60,
  tainted: false,
  warned: false,
  retracted: false,
  archived: false,
  valid_from: null,
  valid_to: null,
  created_at: '2026-01-31T12:00:00.000Z',
  updated_at: '2026-01-31T12:00:00.000Z',
};

const standing = {
  trust_level: v.trustLevel.describe('Its own trust.'),
  trust_band: v.trustBand.describe('The named band of `trust_level`.'),
  chain_trust: v.trustLevel.describe('The least trust along the lineage that carries trust; what `min_trust` means.'),
  tainted: z.boolean().describe('Rests on something quarantined or retracted.'),
  warned: z.boolean().describe('Cites something quarantined or retracted.'),
  retracted: z.boolean(),
};

export const standingShape: typeof standing = standing;

const header = {
  id: v.id.describe('This version; never names another.'),
  series_id: v.id.describe('What all versions of one thing share.'),
  head_id: v.id.describe('The newest version of the series.'),
  is_head: z.boolean(),
  version: z.string().describe('SemVer.'),
  type: v.capsuleType,
  title: v.title.nullable(),
  summary: z.string(),
  key: v.key.nullable(),
  tags: v.tags,
  collection: v.collection.nullable(),
  position: v.position.nullable(),
  owner_id: z.string(),
  parent_id: v.id.nullable().describe('The primary parent: the first derivation.'),
  ...standing,
  archived: z.boolean().describe('Hidden from search, never from lineage.'),
  valid_from: v.timestamp.nullable(),
  valid_to: v.timestamp.nullable(),
  created_at: v.timestamp,
  updated_at: v.timestamp,
};

export const capsuleHeaderSchema = z.strictObject(header).meta({
  id: 'CapsuleHeader',
  description: 'A capsule version without its content, as lists and search hits show it.',
  examples: [example],
});

export type CapsuleHeaderBody = z.output<typeof capsuleHeaderSchema>;

export const derivationSchema = z
  .strictObject({ id: v.id, relation: v.relation, reason: v.reason.nullable() })
  .meta({ id: 'Derivation', description: 'What a capsule rests on, and how.' });

export const capsuleSchema = z
  .strictObject({
    ...header,
    content: z.string(),
    metadata: v.metadata,
    derived_from: z.array(derivationSchema).describe('Its direct parents; the first is the primary one.'),
  })
  .meta({
    id: 'Capsule',
    description: 'A capsule version in full. Immutable but for its standing (trust, taint, head, archive).',
    examples: [
      {
        ...example,
        content: 'We will use PostgreSQL for billing.',
        metadata: { status: 'accepted' },
        derived_from: [],
      },
    ],
  });

export type CapsuleBody = z.output<typeof capsuleSchema>;

const nearDuplicateSchema = z
  .strictObject({
    id: v.id,
    series_id: v.id,
    title: v.title.nullable(),
    resemblance: z
      .number()
      .min(0)
      .max(1)
      .describe('Of the runs of three words that either has, the share that both have; 1 only for the same words.'),
    in_this: z.number().min(0).max(1).describe('Share of the new capsule’s words that stand in this one.'),
    in_new: z
      .number()
      .min(0)
      .max(1)
      .describe('Share of this one’s words that stand in the new capsule, which may say the opposite in what it adds.'),
    collection: v.collection.nullable(),
    parts: z
      .int()
      .min(1)
      .describe('So many parts of its collection were found in the new capsule; they are listed as this one.'),
  })
  .meta({
    id: 'NearDuplicate',
    description:
      'Listed with a resemblance of 0.6 and more, or where 0.8 of one, if that is some 22 words and more, stands in the other; shorter sentences taken from a text are not.',
  });

export type NearDuplicateBody = z.output<typeof nearDuplicateSchema>;

export const createdCapsuleSchema = capsuleSchema
  .extend({
    near_duplicates: z
      .array(nearDuplicateSchema)
      .min(1)
      .max(5)
      .optional()
      .describe(
        'Heads of other series that say nearly the same, when there are any. A repeat under an idempotency key names those of its own time.',
      ),
  })
  .meta({ id: 'CreatedCapsule', description: 'The new version, and what says nearly the same already.' });

export const createQuerySchema = z.strictObject({
  check_duplicates: z
    .boolean()
    .optional()
    .describe('False leaves near-duplicates unlooked for. They are pointed out, never refused.'),
});

const derivationInput = z
  .strictObject({
    id: v.capsuleRef.describe('A version id, or a series id for its head of now.'),
    relation: v.relation.describe(
      '`version`, `fork`, `merge` and `summary` carry trust; `citation` only warns; `correction` (needs a reviewer) and `refutes` do neither.',
    ),
    reason: v.reason.nullable().optional(),
  })
  .meta({ id: 'DerivationInput', description: 'A parent of the new version.' });

const content = z.string().min(1).describe('The text to be remembered.');
const derivedFrom = z.array(derivationInput).max(1_000);

const placed = {
  tags: v.tags.optional(),
  metadata: v.metadata.optional(),
  collection: v.collection.nullable().optional(),
  position: v.position.nullable().optional(),
  valid_from: v.moment.nullable().optional().describe('Since when the content holds true in the world.'),
  valid_to: v.moment.nullable().optional().describe('Until when, exclusive.'),
};

export const createCapsuleSchema = z
  .strictObject({
    title: v.title.nullable().optional(),
    content,
    type: v.capsuleType,
    key: v.key.nullable().optional(),
    if_exists: z
      .enum(['return', 'version', 'fail'])
      .optional()
      .describe(
        'What to do when the key is taken: give back the head, make its next version, or refuse. By default identical content gives back the head and different content is refused.',
      ),
    ...placed,
    derived_from: derivedFrom.optional(),
  })
  .meta({
    id: 'CreateCapsule',
    description: 'A new series with its first version.',
    examples: [
      {
        type: 'decision',
        title: 'Use PostgreSQL for billing',
        content: 'We will use PostgreSQL for billing.',
        key: 'adr-12',
      },
    ],
  });

export const updateCapsuleSchema = z
  .strictObject({
    title: v.title.nullable().optional(),
    content: content.optional(),
    type: v.capsuleType.optional(),
    ...placed,
    derived_from: derivedFrom.optional().describe('Further parents beside the superseded head.'),
    bump: z
      .enum(['major', 'minor', 'patch'])
      .optional()
      .describe('Which part of the version moves; `minor` by default.'),
    reason: v.reason.nullable().optional(),
    relation: z
      .enum(['version', 'correction'])
      .optional()
      .describe('A `correction` mends a bad head without inheriting its trust, and needs a reviewer.'),
  })
  .meta({
    id: 'UpdateCapsule',
    description: 'The next version. Fields left out keep their value.',
    examples: [
      { content: 'We will use PostgreSQL 17 for billing.', bump: 'minor', reason: 'Version fixed after the trial' },
    ],
  });

export const forkCapsuleSchema = z
  .strictObject({
    title: v.title.nullable().optional(),
    content: content.optional(),
    type: v.capsuleType.optional(),
    key: v.key.nullable().optional(),
    ...placed,
    derived_from: derivedFrom.optional().describe('Further parents beside the forked version.'),
    reason: v.reason.nullable().optional(),
  })
  .meta({
    id: 'ForkCapsule',
    description: 'A new series that starts from an existing version. Fields left out are copied.',
    examples: [{ title: 'Use PostgreSQL for invoicing', reason: 'Same grounds, another service' }],
  });

export const revertCapsuleSchema = z
  .strictObject({
    to: v.capsuleRef
      .optional()
      .describe(
        'Id or SemVer of the version to bring back; the addressed one, or else the one that the head replaced.',
      ),
    reason: v.reason.nullable().optional(),
  })
  .meta({
    id: 'RevertCapsule',
    description: 'Makes an old version the next one.',
    examples: [{ reason: 'The change was wrong' }],
  });

export const reasonSchema = z
  .strictObject({ reason: v.reason.nullable().optional() })
  .meta({ id: 'Reason', examples: [{ reason: 'Needed again' }] });

export const batchSchema = z
  .strictObject({ items: z.array(createCapsuleSchema).min(1).max(500) })
  .meta({ id: 'CreateCapsules', description: 'Up to 500 capsules, all or nothing.' });

export const batchAnswerSchema = z
  .strictObject({
    items: z.array(
      z.strictObject({ result: z.enum(['created', 'versioned', 'unchanged']), capsule: capsuleHeaderSchema }),
    ),
  })
  .meta({ id: 'BatchAnswer', description: 'What became of each item, in the order given.' });

export const capsulePageSchema = z
  .strictObject({ items: z.array(capsuleHeaderSchema), next_cursor: v.nextCursor })
  .meta({ id: 'CapsulePage' });

export const versionsSchema = z
  .strictObject({ items: z.array(capsuleHeaderSchema).describe('Newest first.') })
  .meta({ id: 'CapsuleVersions' });

/** The filters that lists and searches share; every field narrows. */
export const filterShape = {
  min_trust: v.trustLevel.optional().describe('Least `chain_trust`.'),
  type: v.oneOrMany(v.capsuleType).optional().describe('Any of these types.'),
  tag: v.oneOrMany(v.tag).optional().describe('All of these tags.'),
  owner: z.string().min(1).max(100).optional().describe('Owner id.'),
  collection: v.collection.optional().describe('This collection and those below it.'),
  as_of: v.moment.optional().describe('The versions that were heads then. Trust and rights are always those of today.'),
  valid_at: v.moment.optional().describe('Capsules whose validity covers this moment.'),
  created_from: v.moment.optional().describe('Inclusive.'),
  created_to: v.moment.optional().describe('Exclusive.'),
  include_retracted: z.boolean().optional(),
  include_archived: z.boolean().optional(),
};

export const listQuerySchema = z.strictObject({
  ...filterShape,
  key: v.key
    .optional()
    .describe('Only the series with this key; goes with `owner` (the caller by default) and nothing else.'),
  limit: z.int().min(1).max(500).default(50),
  cursor: v.cursor.optional(),
});
