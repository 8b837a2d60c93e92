/**
 * Words of one concept. Only the vocabulary of decisions, which every institution shares: who asks why something was
 * chosen must find the sentence that says it was adopted.
 * @module
 */
import { analyze } from '../../search/analyzer.js';

const CONCEPTS = [
  'accept accepted acceptance adopt adopted adoption approve approved approval agreed',
  'choose chose chosen choice select selected decide decided decision settled picked',
  'reject rejected rejection refuse refused decline declined withdraw withdrew withdrawn abandon abandoned dropped',
  'replace replaced supersede superseded obsolete successor',
  'introduce introduced add added create created propose proposed proposal',
  'remove removed removal delete deleted drop eliminated deprecate deprecated deprecation',
  'change changed modify modified revise revised amend amended update updated',
  'reason rationale motivation justification cause',
  'problem issue drawback disadvantage objection concern',
  'benefit advantage strength',
  'maximum limit bound',
  'allow permit permitted allowed',
  'forbid prohibit forbidden prohibited disallow disallowed ban banned',
].map((words) => [...new Set(analyze(words))]);

const members = new Map<string, readonly string[]>();
for (const concept of CONCEPTS) {
  for (const term of concept) members.set(term, [...new Set([...(members.get(term) ?? []), ...concept])]);
}

/** Stems that share a concept with this one; none for most. */
export function conceptOf(term: string): readonly string[] {
  return members.get(term) ?? [];
}
