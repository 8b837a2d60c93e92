/**
 * Proposals, the constitution's rule articles, ballots and tallies on the wire, as the overlay `symbolic_governance` takes
 * them.
 * @module
 */
import { z } from 'zod';
import * as v from './values.js';

export const PROPOSAL_CATEGORIES = ['policy', 'configuration', 'trust', 'overlay', 'constitution'] as const;

const actionSchema = z
  .strictObject({
    kind: z
      .string()
      .regex(/^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+$/)
      .max(64)
      .describe('What is done, such as `policy.set`.'),
    target: z.string().min(1).max(200).describe('What it is done to.'),
    parameters: z.record(z.string(), z.unknown()).default({}),
  })
  .meta({ id: 'ProposalAction' });

export const proposalSchema = z
  .strictObject({
    title: v.title.min(1),
    rationale: v.reason.min(1).describe('Why.'),
    category: z.enum(PROPOSAL_CATEGORIES),
    actions: z.array(actionSchema).min(1).max(32).describe('Carried out in order when the proposal has passed.'),
  })
  .meta({ id: 'Proposal', description: 'What is put to the vote.' });

const path = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/)
  .max(200)
  .describe('Fields of the proposal, joined by dots; in a list any item may match.');
const scalar = z.union([z.string().max(500), z.number(), z.boolean(), z.null()]);

const comparisonSchema = z.union([
  z.strictObject({ field: path, is: z.union([scalar, z.array(scalar).min(1).max(100)]) }),
  z.strictObject({ field: path, contains: z.string().min(1).max(500) }),
  z.strictObject({ field: path, at_least: z.number() }),
  z.strictObject({ field: path, at_most: z.number() }),
  z.strictObject({ field: path, exists: z.boolean() }),
]);

export type RuleCondition =
  | z.output<typeof comparisonSchema>
  | { readonly all: readonly RuleCondition[] }
  | { readonly any: readonly RuleCondition[] }
  | { readonly not: RuleCondition };

export const ruleConditionSchema: z.ZodType<RuleCondition> = z
  .lazy(() =>
    z.union([
      comparisonSchema,
      z.strictObject({ all: z.array(ruleConditionSchema).max(32) }),
      z.strictObject({ any: z.array(ruleConditionSchema).max(32) }),
      z.strictObject({ not: ruleConditionSchema }),
    ]),
  )
  .meta({ id: 'RuleCondition', description: 'What a proposal must be for a rule to concern it.' });

const ruleBase = {
  id: z.string().min(1).max(64),
  reason: v.reason.min(1).describe('What is said when it strikes.'),
  when: ruleConditionSchema.optional().describe('Always, when left out.'),
};

export const ruleArticleSchema = z
  .strictObject({
    id: z.string().min(1).max(64),
    title: v.title.min(1),
    text: z.string().max(20_000).describe('For people to read.'),
    rules: z
      .array(
        z.union([
          z.strictObject({ ...ruleBase, effect: z.enum(['forbid', 'review', 'supermajority']) }),
          z.strictObject({ ...ruleBase, effect: z.literal('require'), must: ruleConditionSchema }),
        ]),
      )
      .max(100)
      .describe('For the engine to hold proposals against.'),
  })
  .meta({ id: 'RuleArticle', description: 'An article of the constitution.' });

export const evaluationSchema = z
  .strictObject({
    verdict: z.enum(['compliant', 'review', 'violation']),
    supermajority: z.boolean().describe('Whether a rule asks for one.'),
    rules: z.int().min(0).describe('Rules it was held against.'),
    findings: z.array(
      z.strictObject({
        article: z.string(),
        rule: z.string(),
        effect: z.enum(['forbid', 'require', 'review', 'supermajority', 'unreadable']),
        reason: z.string(),
      }),
    ),
  })
  .meta({ id: 'ProposalEvaluation' });

export const BALLOT_CHOICES = ['approve', 'reject', 'abstain'] as const;

const voter = z.string().min(1).max(200);
const share = z.number().min(0).max(1);

export const ballotSchema = z
  .strictObject({ voter, choice: z.enum(BALLOT_CHOICES) })
  .meta({ id: 'Ballot', description: 'Of several by one voter the last counts.' });

export const tallyRequestSchema = z
  .strictObject({
    electorate: z
      .array(z.strictObject({ voter, weight: z.number().positive() }))
      .describe('Who may vote, with the weight of when voting opened.'),
    ballots: z.array(ballotSchema),
    delegations: z.array(z.strictObject({ from: voter, to: voter })).optional(),
    quorum: share.default(0.5).describe('Share of all weight that must have spoken.'),
    approval: share.default(0.5).describe('Share of approving and rejecting weight that must approve; at 0.5, more.'),
  })
  .meta({ id: 'TallyRequest' });

export const tallySchema = z
  .strictObject({
    outcome: z.enum(['passed', 'rejected', 'no_quorum']),
    approve: z.number().min(0),
    reject: z.number().min(0),
    abstain: z.number().min(0),
    eligible: z.number().min(0).describe('All weight.'),
    turnout: share,
    approval: share,
    ballots: z.int().min(0).describe('Voters whose own ballot counted.'),
    delegated: z.int().min(0).describe('Voters who spoke through a delegate.'),
    ignored: z.int().min(0).describe('Lines of the request that did not count.'),
    unheard: z.array(z.string()).describe('Voters whose delegation leads to no ballot.'),
  })
  .meta({ id: 'Tally', description: 'Can be recomputed by whoever has the request.' });

export type ProposalBody = z.output<typeof proposalSchema>;
export type RuleArticleBody = z.output<typeof ruleArticleSchema>;
export type TallyBody = z.output<typeof tallySchema>;
