/**
 * Search and answers on the wire.
 * @module
 */
import { z } from 'zod';
import { problemSchema } from '../problem.js';
import { capsuleHeaderSchema, filterShape } from './capsule.js';
import * as v from './values.js';

/** What a capsule can fail: fields of the filter, and states that are hidden by default. */
export const WHY_NOT_CONDITIONS = [
  ...(['newer_version', 'archived', 'retracted'] as const),
  ...(['as_of', 'min_trust', 'type', 'tag', 'owner', 'collection', 'valid_at', 'created_from', 'created_to'] as const),
] as const;

export const searchRequestSchema = z
  .strictObject({
    q: z.string().min(1).max(4_000).describe('Words to look for.'),
    ...filterShape,
    limit: z.int().min(1).max(100).default(10),
    cursor: v.cursor.optional(),
    explain: z
      .boolean()
      .optional()
      .describe('Adds what each channel contributed to the score, in numbers and in words.'),
    why_not: v.capsuleRef
      .optional()
      .describe(
        'A capsule that is missed: the answer says what keeps it out, or how far down it is. Without `cursor`.',
      ),
    include: z.literal('content').optional().describe('Adds whole contents and metadata to the hits.'),
  })
  .meta({ id: 'SearchRequest', examples: [{ q: 'why generators', limit: 5, min_trust: 60 }] });

const passageSchema = z.strictObject({ text: z.string(), start: z.int().min(0), end: z.int().min(0) });

const hitSchema = z
  .strictObject({
    capsule: capsuleHeaderSchema.extend({
      content: z.string().optional(),
      metadata: v.metadata.optional(),
    }),
    score: z.number().min(0).max(1).describe('Comparable within one answer only.'),
    passage: passageSchema.describe('An exact part of the content; offsets in UTF-16 code units.'),
    explain: z.record(z.string(), z.number()).optional().describe('Contribution to the score, by channel.'),
    explanation: z
      .array(z.string())
      .optional()
      .describe('The same in words: shares of the score, the largest first, then trust and lineage.'),
  })
  .meta({ id: 'SearchHit' });

const whyNotSchema = z
  .strictObject({
    capsule_id: v.id,
    verdict: z
      .enum(['shown', 'further_down', 'kept_out', 'no_match'])
      .describe('Whether it is on this page, a hit beyond it, kept out by the filter, or no hit at all.'),
    failed: z
      .array(
        z.strictObject({
          condition: z.enum(WHY_NOT_CONDITIONS).describe('The filter’s field, or what the capsule is.'),
          text: z.string(),
        }),
      )
      .describe('Conditions of the filter that it does not meet.'),
    place: z
      .strictObject({
        rank: z.int().min(1),
        hits: z.int().min(1),
        score: z.number().min(0).max(1),
        explain: z.record(z.string(), z.number()),
      })
      .nullable()
      .describe('Its place among the hits, or the one it would have if the filter let it in.'),
    words: z.array(z.string()).describe('All of it in sentences.'),
  })
  .meta({
    id: 'WhyNot',
    description: 'Counts and scores are those of what the filter lets through, and this capsule.',
  });

export const searchAnswerSchema = z
  .strictObject({
    items: z.array(hitSchema),
    next_cursor: v.nextCursor,
    lag: z.int().min(0).describe('Capsule versions whose words are not searchable yet.'),
    semantic: z
      .strictObject({
        model: z.string().describe('What read the query and the capsules.'),
        lag: z.int().min(0).describe('Capsule versions it has not read yet.'),
      })
      .nullable()
      .describe('Null when words alone decided.'),
    embeddings: z
      .strictObject({
        model: z.string().nullable().describe('What reads capsules; null while it cannot be opened.'),
        lag: z.int().min(0).describe('Capsule versions it has not read yet, as of its last round.'),
        failing: z.string().nullable().describe('Why it does not get on, as a code; null while it does.'),
      })
      .nullable()
      .describe('How reading by meaning stands; null when no vectors are kept.'),
    why_not: whyNotSchema.optional(),
  })
  .meta({ id: 'SearchAnswer', description: 'Best first. Filters act inside the ranking, never after it.' });

export type SearchAnswerBody = z.output<typeof searchAnswerSchema>;

export const similarQuerySchema = z.strictObject({
  ...filterShape,
  limit: z.int().min(1).max(100).default(10),
});

const similarSchema = z
  .strictObject({
    capsule: capsuleHeaderSchema,
    score: z
      .number()
      .min(0)
      .max(1)
      .describe('How near their nearest passages are in meaning; without a model, how many telling words they share.'),
    passage: passageSchema.describe('The part that comes nearest; offsets in UTF-16 code units.'),
  })
  .meta({ id: 'SimilarCapsule' });

export const similarAnswerSchema = z
  .strictObject({
    items: z.array(similarSchema),
    model: z.string().nullable().describe('The embedding model that compared them; null when words alone decided.'),
  })
  .meta({ id: 'SimilarAnswer', description: 'Nearest first, never of the same series.' });

export const askRequestSchema = z
  .strictObject({
    query: z.string().min(1).max(4_000),
    limit: z.int().min(1).max(50).optional().describe('How many capsules the answer may rest on.'),
    min_trust: v.trustLevel.optional().describe('Least `chain_trust` of what may be used.'),
    collection: v.collection.optional(),
    as_of: v.moment.optional().describe('Answer from what was known then.'),
    required_trust: v.trustLevel.optional().describe('Least trust the asker must have.'),
    save_as_capsule: z.boolean().optional().describe('Keep the answer as a capsule that cites its sources.'),
  })
  .meta({ id: 'AskRequest', examples: [{ query: 'Why did we choose PostgreSQL for billing?' }] });

const ancestorSchema = z
  .strictObject({
    id: v.id,
    series_id: v.id,
    version: z.string(),
    title: v.title.nullable(),
    trust_level: v.trustLevel,
    depth: z.int().min(0).describe('Fewest edges from the cited capsule.'),
  })
  .meta({ id: 'AncestorSummary' });

export const citationSchema = z
  .strictObject({
    capsule_id: v.id,
    series_id: v.id,
    version: z.string(),
    title: v.title.nullable(),
    quote: z.string().describe('An exact part of the capsule.'),
    chain_trust: v.trustLevel,
    tainted: z.boolean(),
    warned: z.boolean(),
    collection: v.collection.nullable(),
    position: v.position.nullable(),
    lineage: z
      .strictObject({
        ancestors: z.array(ancestorSchema).describe('The nearest ones.'),
        more: z.boolean().describe('True when there are further ancestors.'),
        weakest: ancestorSchema.describe('Whose trust is the chain trust; the capsule itself at depth 0.'),
      })
      .describe('What the capsule itself rests on.'),
  })
  .meta({ id: 'Citation' });

const citationNumber = z.int().min(1).describe('Its number in the answer.');

const sentenceSchema = z
  .strictObject({
    text: z.string(),
    citations: z.array(citationNumber).describe('Numbers of the citations whose quotes say this.'),
    supported: z.boolean().describe('False: no source was found to say this.'),
  })
  .meta({ id: 'AnswerSentence' });

/** Why a provider gave no answer. */
export const FALLBACK_REASONS = [
  'timeout',
  'rate_limited',
  'quota',
  'unauthorized',
  'unavailable',
  'bad_answer',
  'refused',
] as const;

export const askAnswerSchema = z
  .strictObject({
    answer: z
      .string()
      .describe('Refers to the citations as `[1]`, `[2]`, …; `[unsupported]` stands behind what no source says.'),
    sentences: z.array(sentenceSchema).describe('The answer sentence by sentence; empty when nothing was found.'),
    citations: z.array(citationSchema),
    provider: z.string().describe('What answered, such as `extractive` or `anthropic`.'),
    model: z.string(),
    fallback: z
      .strictObject({
        from: z.string().describe('The provider that was to answer.'),
        reason: z.enum(FALLBACK_REASONS),
      })
      .nullable()
      .describe('Null unless another provider stood in.'),
    cached: z.boolean().describe('True when the same was answered before and nothing it rests on has changed.'),
    warnings: z.array(z.string()).describe('What a reader of the answer should know, as sentences.'),
    correlation_id: z.string(),
    timing: z.strictObject({
      total_ms: z.number().min(0),
      phases: z.record(z.string(), z.number().min(0)).describe('Milliseconds by phase; phases overlap.'),
    }),
  })
  .meta({ id: 'Answer', description: 'An answer, and the capsule versions it rests on.' });

export type AskAnswerBody = z.output<typeof askAnswerSchema>;

/** What the event stream of an answer says, by event name. */
export const ASK_EVENTS = {
  phase: z
    .strictObject({ name: z.string(), ms: z.number().min(0) })
    .meta({ id: 'AskPhaseEvent', description: 'A phase of the pipeline has ended.' }),
  citation: z
    .strictObject({ number: citationNumber, citation: citationSchema })
    .meta({ id: 'AskCitationEvent', description: 'Comes before the text that is the first to refer to it.' }),
  delta: z
    .strictObject({ text: z.string() })
    .meta({ id: 'AskDeltaEvent', description: 'The texts since the last restart put together are the answer.' }),
  restart: z
    .strictObject({ reason: z.enum([...FALLBACK_REASONS, 'source_withdrawn']) })
    .meta({ id: 'AskRestartEvent', description: 'The texts and citations so far are void; the answer begins anew.' }),
  done: askAnswerSchema,
  error: problemSchema,
} as const;
