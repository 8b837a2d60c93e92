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

  it('[OSG-2] says what is wrong with an input that is no proposal', async () => {
    expect((await open()).run('evaluate', { articles: [] })).toMatchObject({ error: { code: 'INVALID' } });
  });

  const electorate = ['ann', 'bob', 'cid', 'dee'].map((voter, i) => ({ voter, weight: (i + 1) * 10 }));
  const vote = (voter: string, choice: string) => ({ voter, choice });

  it('[OSG-3] weighs ballots, takes the last of each voter, and ignores strangers and other choices', async () => {
    const ballots = [
      vote('ann', 'reject'),
      vote('ann', 'approve'),
      vote('dee', 'approve'),
      vote('bob', 'reject'),
      vote('eve', 'reject'),
      vote('cid', 'perhaps'),
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
      ignored: 2,
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
    const calm = { ...applied, payload: { to: 0 } };
    expect((await open(host)).run('on_optimization_applied', calm)).toMatchObject({ drafted: null, why: 'guard' });
    expect(host.events).toEqual([]);
  });
});
