import { describe, expect, it } from 'vitest';
import { proposalSchema, ruleArticleSchema, tallyRequestSchema, tallySchema } from './governance.js';

const action = { kind: 'policy.set', target: 'input_rules', parameters: { guard: 1 } };
const proposal = { title: 'Rules', rationale: 'A threat', category: 'policy', actions: [action] };
const article = (rule: object) => ({ id: 'a1', title: 'One', text: '', rules: [{ id: 'r1', reason: 'why', ...rule }] });

describe('governance on the wire', () => {
  it('[OSG-6] takes proposals with executable actions', () => {
    expect(proposalSchema.parse(proposal)).toEqual(proposal);
    for (const wrong of [{ actions: [] }, { category: 'other' }, { title: '' }, { extra: 1 }]) {
      expect(proposalSchema.safeParse({ ...proposal, ...wrong }).success).toBe(false);
    }
    expect(proposalSchema.safeParse({ ...proposal, actions: [{ ...action, kind: 'drop table' }] }).success).toBe(false);
  });

  it('[OSG-6] takes rule articles, nested conditions included, and no others', () => {
    const field = { field: 'actions.kind', is: ['trust.set'] };
    const nested = { all: [field, { any: [{ not: { field: 'sponsor', exists: true } }] }] };
    expect(ruleArticleSchema.parse(article({ effect: 'forbid', when: nested })).rules).toHaveLength(1);
    expect(ruleArticleSchema.safeParse(article({ effect: 'require', must: field })).success).toBe(true);
    for (const wrong of [
      { effect: 'require' },
      { effect: 'forbid', must: field },
      { effect: 'ban' },
      { effect: 'forbid', when: { field: 'a' } },
      { effect: 'forbid', when: { field: 'a..b', is: 1 } },
      { effect: 'forbid', when: { field: 'a', is: 1, contains: 'b' } },
    ]) {
      expect(ruleArticleSchema.safeParse(article(wrong)).success, JSON.stringify(wrong)).toBe(false);
    }
  });

  it('[OSG-6] takes ballots and gives tallies', () => {
    const request = { electorate: [{ voter: 'ann', weight: 80 }], ballots: [{ voter: 'ann', choice: 'approve' }] };
    expect(tallyRequestSchema.parse(request)).toEqual({ ...request, quorum: 0.5, approval: 0.5 });
    expect(tallyRequestSchema.safeParse({ ...request, quorum: 2 }).success).toBe(false);
    expect(tallyRequestSchema.safeParse({ ...request, ballots: [{ voter: 'ann', choice: 'maybe' }] }).success).toBe(
      false,
    );
    const counts = { approve: 80, reject: 0, abstain: 0, eligible: 80, turnout: 1, approval: 1 };
    const tally = { outcome: 'passed', ...counts, ballots: 1, delegated: 0, ignored: 0, unheard: [] };
    expect(tallySchema.parse(tally)).toEqual(tally);
  });
});
