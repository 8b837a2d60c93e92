/**
 * Words of one concept. Only the vocabulary of decisions, which every institution shares: who asks why something was
 * chosen must find the sentence that says it was adopted.
 * @module
 */
import { analyze } from '../../search/analyzer.js';
import { sameWordAs } from './same-word.js';

/** What is done to a thing that comes to be. */
const ACTS = [
  'accept accepted acceptance adopt adopted adoption approve approved approval agreed',
  'choose chose chosen choice select selected decide decided decision settled picked',
  'introduce introduced add added create created propose proposed proposal',
  'change changed modify modified revise revised amend amended update updated',
].map(stemsOf);

const CONCEPTS = [
  'reject rejected rejection refuse refused decline declined withdraw withdrew withdrawn abandon abandoned dropped fail failed',
  'replace replaced supersede superseded obsolete successor',
  'remove removed removal delete deleted drop eliminated deprecate deprecated deprecation',
  'reason rationale motivation justification cause',
  'problem issue drawback disadvantage objection concern',
  'benefit advantage strength',
  'maximum limit bound',
  'allow permit permitted allowed',
  'forbid prohibit forbidden prohibited disallow disallowed ban banned',
].map(stemsOf);

const members = new Map<string, readonly string[]>();
for (const concept of [...ACTS, ...CONCEPTS]) {
  for (const term of concept) members.set(term, [...new Set([...(members.get(term) ?? []), ...concept])]);
}

/** Stems that share a concept with this one, other forms of its word among them; none for most. */
export function conceptOf(term: string): readonly string[] {
  const concept = members.get(term);
  const forms = sameWordAs(term);
  return concept === undefined ? forms : [...concept, ...forms];
}

const acts = new Set(ACTS.flat());

/** True for a stem that says what was done (added, chosen, …), which says less than to what. */
export function isAct(term: string): boolean {
  return acts.has(term);
}

function stemsOf(words: string): readonly string[] {
  return [...new Set(analyze(words))];
}
