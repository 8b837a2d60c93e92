/** Handlers of symbolic governance. */
import {
  Json,
  JsonWriter,
  Kind,
  configuredNumber,
  draftProposal,
  healthy,
  publishEvent,
  readEvent,
  readJson,
  warn,
} from '@forge-cascade/overlay-sdk/guest';
import { evaluated } from './evaluation';
import { articlesFault, proposalFault } from './proposal-form';
import { tallied } from './tallying';
import { tallyFault } from './tally-form';
export { ov_alloc, ov_free } from '@forge-cascade/overlay-sdk/guest';

/** `{"proposal", "articles"}` → `{"verdict", "supermajority", "rules", "findings"}`. */
export function evaluate(at: i32, length: i32): i64 {
  const input = readJson(at, length);
  const proposal = input.field('proposal');
  const articles = input.field('articles');
  let wrong = proposalFault(proposal);
  if (wrong.length == 0) wrong = articlesFault(articles);
  if (wrong.length > 0 || proposal === null || articles === null) return fault(wrong);
  return evaluated(proposal, articles).result();
}

/** Ballots, delegations and weights → who has won. */
export function tally(at: i32, length: i32): i64 {
  const input = readJson(at, length);
  const wrong = tallyFault(input);
  if (wrong.length > 0) return fault(wrong);
  return tallied(input).result();
}

/** Requests are guarded because of a threat: that is for people to make a rule of, so a proposal is drafted. */
export function on_optimization_applied(at: i32, length: i32): i64 {
  const event = readEvent(at, length);
  const payload = event.payload;
  const to: Json | null = payload === null ? null : payload.field('to');
  if (payload === null || to === null || to.kind != Kind.NUMBER) return nothingDone('`payload.to` must be a number');
  const guard = to.number;
  if (guard < configuredNumber('draft_from_guard', 1)) return nothingDone('guard');
  const drafted = draftProposal(inputRules(payload, guard));
  if (drafted.refused) {
    warn('no proposal was drafted: ' + drafted.error);
    return nothingDone(drafted.error);
  }
  const ok = drafted.ok;
  const id: Json | null = ok === null ? null : ok.field('id');
  const told = new JsonWriter().open().text('action', 'proposal_drafted').copy('proposal_id', id);
  told.text('because', event.type).number('guard', guard).copy('threats', payload.field('threats')).close();
  const reply = publishEvent('governance_action', told);
  if (reply.refused) warn('governance_action was not published: ' + reply.error);
  return new JsonWriter().open().copy('drafted', id).bool('published', !reply.refused).close().result();
}

export function health_check(_at: i32, _length: i32): i64 {
  return healthy();
}

function inputRules(payload: Json, guard: f64): JsonWriter {
  const out = new JsonWriter().open().text('title', 'Rules for input after a threat');
  out.text(
    'rationale',
    'Threats were found in requests, and more is spent on validating them for a while. What lasts is for people to decide.',
  );
  out.text('category', 'policy').openList('actions').open().text('kind', 'policy.set').text('target', 'input_rules');
  out.open('parameters').number('guard', guard).copy('threat_level', payload.field('threat_level'));
  return out.copy('threats', payload.field('threats')).close().close().closeList().close();
}

function nothingDone(why: string): i64 {
  return new JsonWriter().open().nothing('drafted').bool('published', false).text('why', why).close().result();
}

function fault(message: string): i64 {
  return new JsonWriter()
    .open()
    .open('error')
    .text('code', 'INVALID')
    .text('message', message)
    .close()
    .close()
    .result();
}
