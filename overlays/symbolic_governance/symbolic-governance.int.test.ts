import { fileURLToPath } from 'node:url';
import { MemoryHost, openOverlay, refusal } from '@forge-cascade/overlay-sdk/testing';
import { describe, expect, it } from 'vitest';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const open = (host = new MemoryHost()) => openOverlay(FOLDER, host.answer);

const PROPOSAL = {
  title: 'Lower the bar',
  rationale: 'Fewer reviews',
  category: 'configuration',
  actions: [
    { kind: 'trust.set', target: 'policy:review', parameters: { level: 40 } },
    { kind: 'overlay.enable', target: 'capsule_analyzer', parameters: {} },
  ],
};

interface Verdict {
  readonly verdict: string;
}

const article = (rule: object) => [{ id: 'a1', title: 'One', text: '', rules: [{ id: 'r1', reason: 'why', ...rule }] }];

describe('symbolic_governance', () => {
  it.each([
    [{ effect: 'forbid', when: { field: 'actions.kind', is: 'trust.set' } }, 'violation', false],
    [{ effect: 'forbid', when: { field: 'actions.kind', is: ['a', 'b'] } }, 'compliant', false],
    [{ effect: 'forbid', when: { field: 'actions.parameters.level', at_most: 39 } }, 'compliant', false],
    [{ effect: 'forbid', when: { field: 'actions.parameters.level', at_least: 40 } }, 'violation', false],
    [{ effect: 'review', when: { field: 'title', contains: 'LOWER' } }, 'review', false],
    [{ effect: 'require', must: { field: 'rationale', exists: true } }, 'compliant', false],
    [{ effect: 'require', must: { field: 'sponsor', exists: true } }, 'violation', false],
    [
      { effect: 'require', when: { field: 'category', is: 'constitution' }, must: { field: 'sponsor', exists: true } },
      'compliant',
      false,
    ],
    [{ effect: 'supermajority', when: { not: { field: 'category', is: 'policy' } } }, 'compliant', true],
    [
      {
        effect: 'forbid',
        when: { all: [{ field: 'category', is: 'configuration' }, { any: [{ field: 'x', is: 1 }] }] },
      },
      'compliant',
      false,
    ],
  ])('[OSG-1] holds a proposal against a rule, %#', async (rule, verdict, supermajority) => {
    const result = (await open()).run('evaluate', { proposal: PROPOSAL, articles: article(rule) });
    const strikes = verdict !== 'compliant' || supermajority;
    expect(result).toEqual({
      verdict,
      supermajority,
      rules: 1,
      findings: strikes ? [{ article: 'a1', rule: 'r1', effect: rule.effect, reason: 'why' }] : [],
    });
  });

  it.each([
    [{ effect: 'forbid', when: { not: { field: 'title' } } }],
    [{ effect: 'forbid', when: 'always' }],
    [{ effect: 'forbid', when: { all: 1 } }],
    [{ effect: 'ban', when: { field: 'title', exists: true } }],
  ])('[OSG-2] sends a proposal to review by a rule that cannot be read, %#', async (rule) => {
    const result = (await open()).run('evaluate', { proposal: PROPOSAL, articles: article(rule) });
    expect(result).toMatchObject({ verdict: 'review', findings: [{ effect: 'unreadable' }] });
  });

  it.each([
    [{ effect: 'forbid', when: { field: 'actions.parameters.level', at_least: '5' } }, '`at_least` must be a number'],
    [{ effect: 'forbid', when: { field: '', is: 1 } }, '`field` must be names joined by dots'],
    [{ effect: 'forbid', when: { field: 'actions..kind', exists: true } }, '`field` must be names joined by dots'],
    [{ effect: 'forbid', when: { field: 'title', is: 'x', at_most: 1 } }, 'a condition compares `field` in one way'],
    [{ effect: 'forbid', when: { field: 'title', contains: 7 } }, '`contains` must be a text'],
    [{ effect: 'forbid', when: { all: [], field: 'title' } }, '`all` stands alone in a condition'],
    // The faulty part is behind one that decides.
    [{ effect: 'forbid', when: { all: [{ field: 'x', is: 1 }, { field: 'title' }] } }, 'a condition needs `is`'],
    [{ effect: 'require', when: { field: 'x', is: 1 }, must: 'x' }, 'a condition must be an object'],
    [{ effect: 'require' }, '`require` needs `must`'],
    [{ effect: 7 }, 'a rule needs an `effect`'],
    ['x', 'a rule must be an object'],
    // The proposal has something else where the rule looks.
    [{ effect: 'forbid', when: { field: 'title', at_least: 5 } }, '`title` of the proposal is no number'],
    [{ effect: 'forbid', when: { not: { field: 'actions.parameters.level', contains: 'x' } } }, 'is no text'],
  ])('[OSG-2] names what of a rule it could not read, %#', async (rule, reason) => {
    const articles = [{ id: 'a1', title: 'One', text: '', rules: [rule] }];
    expect((await open()).run('evaluate', { proposal: PROPOSAL, articles })).toEqual({
      verdict: 'review',
      supermajority: false,
      rules: 1,
      findings: [
        { article: 'a1', rule: '#1', effect: 'unreadable', reason: expect.stringContaining(reason) as string },
      ],
    });
  });

  it('[OSG-2] what cannot be compared decides only where nothing else does', async () => {
    const overlay = await open();
    const unknown = { field: 'title', at_least: 5 };
    const verdict = (when: object) =>
      (overlay.run('evaluate', { proposal: PROPOSAL, articles: article({ effect: 'forbid', when }) }) as Verdict)
        .verdict;
    expect(verdict({ all: [unknown, { field: 'x', is: 1 }] })).toBe('compliant');
    expect(verdict({ any: [unknown, { field: 'title', exists: true }] })).toBe('violation');
    expect(verdict({ any: [unknown, { field: 'x', is: 1 }] })).toBe('review');
  });

  const action = { kind: 'policy.set', target: 't' };
  it.each([
    [{ articles: [] }, '`proposal`'],
    [{ proposal: { title: 'x' }, articles: [] }, '`proposal.rationale`'],
    [{ proposal: { ...PROPOSAL, category: 'other' }, articles: [] }, '`proposal.category`'],
    [{ proposal: { ...PROPOSAL, actions: [] }, articles: [] }, '`proposal.actions`'],
    [{ proposal: { ...PROPOSAL, actions: [action, 'x'] }, articles: [] }, '`proposal.actions[1]`'],
    [{ proposal: { ...PROPOSAL, actions: [{ ...action, parameters: [] }] }, articles: [] }, 'actions[0].parameters`'],
    [{ proposal: PROPOSAL }, '`articles`'],
    [{ proposal: PROPOSAL, articles: 'x' }, '`articles`'],
    [{ proposal: PROPOSAL, articles: [{ id: 'a1', rules: 'x' }] }, '`articles[0].rules`'],
    [{ proposal: PROPOSAL, articles: [...article({}), 'x'] }, '`articles[1]`'],
  ])('[OSG-6] refuses a proposal or article of another form, by the field’s name, %#', async (input, field) => {
    expect((await open()).run('evaluate', input)).toEqual({
      error: { code: 'INVALID', message: expect.stringContaining(field) as string },
    });
  });

  const electorate = ['ann', 'bob', 'cid', 'dee'].map((voter, i) => ({ voter, weight: (i + 1) * 10 }));
  const vote = (voter: string, choice: string) => ({ voter, choice });

  it('[OSG-3] weighs ballots, takes the last of each voter, and ignores strangers', async () => {
    const ballots = [
      vote('ann', 'reject'),
      vote('ann', 'approve'),
      vote('dee', 'approve'),
      vote('bob', 'reject'),
      vote('eve', 'reject'),
    ];
    expect((await open()).run('tally', { electorate, ballots, quorum: 0.5, approval: 0.5 })).toEqual({
      outcome: 'passed',
      approve: 50,
      reject: 20,
      abstain: 0,
      eligible: 100,
      turnout: 0.7,
      approval: 0.714286,
      ballots: 3,
      delegated: 0,
      ignored: 1,
      unheard: [],
    });
  });

  it.each([
    [[vote('ann', 'approve')], 0.5, 0.5, 'no_quorum'],
    [[vote('dee', 'abstain'), vote('ann', 'approve')], 0.5, 0.5, 'passed'],
    [[vote('ann', 'approve'), vote('cid', 'approve'), vote('dee', 'reject')], 0.5, 0.5, 'rejected'],
    [[vote('bob', 'approve'), vote('dee', 'approve'), vote('cid', 'reject')], 0.5, 2 / 3, 'passed'],
    [[vote('bob', 'approve'), vote('dee', 'approve'), vote('cid', 'reject')], 0.5, 0.7, 'rejected'],
    [[], 0, 0, 'no_quorum'],
  ])(
    '[OSG-3] a draw does not pass, abstentions count for the quorum alone, %#',
    async (ballots, quorum, approval, outcome) => {
      expect((await open()).run('tally', { electorate, ballots, quorum, approval })).toMatchObject({ outcome });
    },
  );

  it.each([
    [{ electorate: 'x' }, '`electorate`'],
    [{ electorate: [{ voter: 'ann', weight: '10' }] }, '`electorate[0].weight`'],
    [{ electorate: [{ voter: 'ann', weight: 0 }] }, '`electorate[0].weight`'],
    [{ ballots: 5 }, '`ballots`'],
    [{ ballots: undefined }, '`ballots`'],
    [{ ballots: [vote('ann', 'approve'), vote('dee', 'Reject')] }, '`ballots[1].choice`'],
    [{ ballots: [{ choice: 'reject' }] }, '`ballots[0].voter`'],
    [{ delegations: [{ from: 'ann' }] }, '`delegations[0].to`'],
    [{ quorum: '0.9' }, '`quorum`'],
    [{ quorum: 9 }, '`quorum`'],
    [{ approval: 'x' }, '`approval`'],
    [{ approval: null }, '`approval`'],
  ])('[OSG-6] refuses a tally of another form, by the field’s name, %#', async (change, field) => {
    const input = { electorate, ballots: [vote('dee', 'approve'), vote('ann', 'approve')], ...change };
    expect((await open()).run('tally', input)).toEqual({
      error: { code: 'INVALID', message: expect.stringContaining(field) as string },
    });
  });

  it('[OSG-4] names whoever delegates to somebody who may not vote', async () => {
    const delegations = [{ from: 'ann', to: 'out' }];
    expect((await open()).run('tally', { electorate, delegations, ballots: [vote('dee', 'approve')] })).toMatchObject({
      approve: 40,
      delegated: 0,
      ignored: 1,
      unheard: ['ann'],
    });
  });

  it('[OSG-4] follows delegations, prefers a voter’s own ballot, and counts nobody who delegates in a circle', async () => {
    const delegations = [
      { from: 'ann', to: 'bob' },
      { from: 'bob', to: 'cid' },
      { from: 'dee', to: 'cid' },
    ];
    const overlay = await open();
    expect(
      overlay.run('tally', { electorate, delegations, ballots: [vote('cid', 'approve'), vote('dee', 'reject')] }),
    ).toMatchObject({ approve: 60, reject: 40, ballots: 2, delegated: 2, unheard: [] });
    const circle = [...delegations, { from: 'cid', to: 'ann' }];
    expect(overlay.run('tally', { electorate, delegations: circle, ballots: [] })).toMatchObject({
      outcome: 'no_quorum',
      unheard: ['ann', 'bob', 'cid', 'dee'],
    });
  });

  const applied = {
    type: 'optimization_applied',
    payload: { optimization: 'validation_resources', from: 0, to: 1, threats: { sql_injection: 1 } },
    source: 'performance_optimizer',
    correlation_id: 'c',
    hops: 2,
  };

  it('[OSG-5] drafts a proposal when requests are guarded, and publishes governance_action', async () => {
    const host = new MemoryHost();
    expect((await open(host)).run('on_optimization_applied', applied)).toEqual({ drafted: 'draft-1', published: true });
    expect(host.drafts).toMatchObject([
      { category: 'policy', actions: [{ kind: 'policy.set', target: 'input_rules' }] },
    ]);
    expect(host.events).toEqual([
      {
        type: 'governance_action',
        payload: {
          action: 'proposal_drafted',
          proposal_id: 'draft-1',
          because: 'optimization_applied',
          guard: 1,
          threats: { sql_injection: 1 },
        },
      },
    ]);
  });

  it('[OSG-5] publishes nothing when it may not draft, or nothing is guarded', async () => {
    const denied = await openOverlay(FOLDER, () => refusal('DENIED', 'not granted'));
    expect(denied.run('on_optimization_applied', applied)).toEqual({ drafted: null, published: false, why: 'DENIED' });
    const host = new MemoryHost();
    expect((await open(host)).run('on_optimization_applied', { ...applied, payload: { to: 'x' } })).toMatchObject({
      drafted: null,
      why: '`payload.to` must be a number',
    });
    const calm = { ...applied, payload: { to: 0 } };
    expect((await open(host)).run('on_optimization_applied', calm)).toMatchObject({ drafted: null, why: 'guard' });
    expect(host.events).toEqual([]);
  });
});
