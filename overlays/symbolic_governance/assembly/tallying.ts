/** Weighted tallies with delegation. */
import { Json, JsonWriter } from '@forge-cascade/overlay-sdk/guest';
import { APPROVE, REJECT } from './tally-form';

/** Delegations followed from one voter. */
const DEEPEST = 5;

/** Of quorum and approval where the request names none. */
const USUAL_SHARE: f64 = 0.5;

class Electorate {
  weights: Map<string, f64> = new Map<string, f64>();
  choices: Map<string, string> = new Map<string, string>();
  delegates: Map<string, string> = new Map<string, string>();
  order: string[] = [];
}

/**
 * @param input `{"electorate": [{"voter", "weight"}], "ballots": [{"voter", "choice"}], "delegations": [{"from", "to"}],
 * "quorum", "approval"}` without a fault; quorum and approval are shares, 0 to 1
 */
export function tallied(input: Json): JsonWriter {
  const voters = new Electorate();
  let ignored = 0;
  let total: f64 = 0;
  let item = firstOf(input, 'electorate');
  while (item !== null) {
    const voter = item.textOf('voter');
    const weight = item.numberOf('weight', 0);
    if (!voters.weights.has(voter)) {
      voters.weights.set(voter, weight);
      voters.order.push(voter);
      total += weight;
    } else ignored++;
    item = item.next;
  }
  item = firstOf(input, 'ballots');
  while (item !== null) {
    const voter = item.textOf('voter');
    // Of several ballots the last counts, as the ledger has them in order.
    if (voters.weights.has(voter)) voters.choices.set(voter, item.textOf('choice'));
    else ignored++;
    item = item.next;
  }
  item = firstOf(input, 'delegations');
  while (item !== null) {
    const from = item.textOf('from');
    const to = item.textOf('to');
    // Kept even where the delegate may not vote: who gave a voice away to nobody is to be named, not to vanish.
    if (voters.weights.has(from)) voters.delegates.set(from, to);
    if (!voters.weights.has(from) || !voters.weights.has(to)) ignored++;
    item = item.next;
  }
  return counted(input, voters, total, ignored);
}

function counted(input: Json, voters: Electorate, total: f64, ignored: i32): JsonWriter {
  let approve: f64 = 0;
  let reject: f64 = 0;
  let abstain: f64 = 0;
  let cast = 0;
  let delegated = 0;
  const silent = new JsonWriter().openList();
  for (let i = 0; i < voters.order.length; i++) {
    const voter = voters.order[i];
    const speaker = speakerOf(voters, voter);
    if (speaker == '') {
      if (voters.delegates.has(voter)) silent.text('', voter);
      continue;
    }
    if (speaker == voter) cast++;
    else delegated++;
    const weight = voters.weights.get(voter);
    const choice = voters.choices.get(speaker);
    if (choice == APPROVE) approve += weight;
    else if (choice == REJECT) reject += weight;
    else abstain += weight;
  }
  const turnout = total > 0 ? (approve + reject + abstain) / total : 0;
  const share = approve + reject > 0 ? approve / (approve + reject) : 0;
  const quorate = turnout > 0 && turnout >= input.numberOf('quorum', USUAL_SHARE);
  const threshold = input.numberOf('approval', USUAL_SHARE);
  // Half is a majority only where more than half is not asked for: at 0.5 a draw does not pass.
  const passes = threshold > 0.5 ? share >= threshold : share > threshold;
  const out = new JsonWriter().open().text('outcome', !quorate ? 'no_quorum' : passes ? 'passed' : 'rejected');
  out.number('approve', approve).number('reject', reject).number('abstain', abstain).number('eligible', total);
  out.number('turnout', turnout).number('approval', share).int('ballots', cast).int('delegated', delegated);
  return out.int('ignored', ignored).json('unheard', silent.closeList()).close();
}

/** Whose ballot counts for a voter: the own one before any delegate's; empty where a chain ends, turns back or is too long. */
function speakerOf(voters: Electorate, voter: string): string {
  let at = voter;
  for (let step = 0; step <= DEEPEST; step++) {
    if (voters.choices.has(at)) return at;
    if (!voters.delegates.has(at)) return '';
    at = voters.delegates.get(at);
    if (at == voter) return '';
  }
  return '';
}

function firstOf(input: Json, name: string): Json | null {
  const list = input.field(name);
  return list === null ? null : list.first;
}
