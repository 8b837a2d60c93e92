/**
 * What became of a proposal: whether it stands, and by which words one asks and says so.
 * @module
 */
import { analyze } from '../../search/analyzer.js';

const STANDING =
  'accepted|approved|adopted|ratified|rejected|refused|declined|deferred|postponed|withdrawn|abandoned|superseded|obsolete|deprecated|final|finali[sz]ed|active|provisional|implemented|drafted|(?:a |still a )?draft|in force|still (?:valid|open)';

/** `What is the status of …`, `Is … accepted?`; `Who accepted …` asks after something else. */
export const ASKS_FOR_STANDING = new RegExp(
  `^\\s*(?:(?:what|what's|which|whats)\\b.*\\b(?:status|state)\\b|(?:current )?status\\b|[^?]*\\bstatus\\s*\\??\\s*$|(?:is|was|are|were|has|have|did)\\b.*\\b(?:${STANDING}|accept|reject|get in)\\b(?![^?]*\\bby\\b))`,
  'iu',
);

/** A sentence that says it of its own document. */
export const SAYS_STANDING = new RegExp(
  `\\b(?:(?:this|the|my|our) (?:pep|adr|rfc|proposal|document|decision|standard|policy|draft)|it) (?:is|was|has been|have been|had been|remains) (?:now |hereby |therefore |formally |provisionally |already )?(?:${STANDING})\\b|\\b(?:i|we|council|committee|board) (?:\\w+ )?(?:\\w+ )?(?:accept|reject|withdraw|defer|am (?:accepting|rejecting|withdrawing)|are (?:accepting|rejecting|withdrawing))\\w* (?:this|it|the)\\b|\\b(?:am|are) (?:accepting|rejecting|withdrawing|deferring) (?:this|it|the)\\b`,
  'iu',
);

/** A header field that says so outright. */
export const STATUS_FIELD = /^(?:status|state|superseded-by)\s*:/iu;

const STATUS_WORDS = new Set(
  analyze(
    'status state current accept accepted approve approved adopt adopted ratified reject rejected refuse refused decline declined defer deferred ' +
      'postponed withdraw withdrawn abandon abandoned supersede superseded obsolete deprecated final finalized finalised ' +
      'active provisional implemented draft drafted force valid open get still yet',
    { stopWords: 'keep' },
  ),
);

/** True for a stem that asks only what became of a thing. */
export function isStatusWord(term: string): boolean {
  return STATUS_WORDS.has(term);
}
