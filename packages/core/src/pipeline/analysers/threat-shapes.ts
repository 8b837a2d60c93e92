/**
 * Shapes of attacks, as opposed to their subjects: asking what `DROP TABLE` does is work, closing a quote in front of
 * it is an attack. Each shape needs the break-out or the imperative, never the bare keyword.
 * Every wildcard is bounded, so that a hostile query cannot make a shape slow.
 * @module
 */

export type ThreatKind = 'prompt_injection' | 'sql_injection' | 'cypher_injection' | 'command_injection' | 'secret';

export interface ThreatShape {
  readonly kind: ThreatKind;
  readonly rule: string;
  readonly shape: RegExp;
}

const INSTRUCTIONS = '(?:instructions?|prompts?|rules|directives?|guidelines|guardrails|commands)';

/** Shapes that may be quoted by somebody who asks about them. */
export const PROMPT_SHAPES: readonly ThreatShape[] = [
  prompt(
    'override',
    `(?<!\\b(?:we|they|one|i|he|she|to)\\s)\\b(?:ignore|disregard|forget|override|bypass)\\s+(?:(?:of|the|my|these|those|were|told|other|given)\\s+){0,4}(?:all|any|every|everything|your|you|previous|prior|preceding|above|earlier|system|safety)\\s+(?:(?:all|of|the|your|you|were|told|previous|prior|preceding|above|earlier|system|safety|other|given)\\s+){0,5}${INSTRUCTIONS}\\b`,
  ),
  prompt('forget', '\\bforget\\s+(?:everything|all|anything)\\s+(?:you|above|before|that)\\b'),
  prompt(
    'reveal',
    `\\b(?:reveal|print|show|repeat|output|leak|dump|tell me|give me)\\s+(?:me\\s+)?(?:(?:all|the|of|your|full|entire|exact|hidden|secret|initial|original)\\s+)*(?:your|hidden|secret|initial|original|system)\\s+(?:system\\s+)?${INSTRUCTIONS}\\b`,
  ),
  prompt(
    'persona',
    '\\byou\\s+are\\s+(?:now|no\\s+longer)\\s+(?:an?\\s+)?(?:dan\\b|in\\s+\\w+\\s+mode|unrestricted|unfiltered|jailbroken|bound|free\\s+from)',
  ),
  prompt(
    'persona',
    '\\b(?:act|behave|respond|answer|pretend)\\b.{0,40}\\b(?:without|with\\s+no|have\\s+no|free\\s+of)\\s+(?:any\\s+)?(?:restrictions?|filters?|limits|limitations|rules|guidelines|safety)\\b',
  ),
  prompt(
    'mode',
    '\\b(?:enable|enter|activate|switch\\s+to)\\s+(?:the\\s+)?(?:developer|god|jailbreak|admin|sudo|debug|unrestricted)\\s+mode\\b',
  ),
  prompt(
    'markup',
    '<\\|(?:im_start|im_end|system|endoftext)\\|>|\\[/?INST\\]|<</?SYS>>|(?:^|\\n)\\s*#{2,}\\s*(?:system|instruction)s?\\s*:|(?:^|\\n)\\s*system\\s*:\\s*you\\b',
  ),
  prompt('new-orders', `\\b(?:new|updated|real)\\s+(?:system\\s+)?${INSTRUCTIONS}\\s*:`),
];

/** Shapes that count wherever they stand. */
export const CODE_SHAPES: readonly ThreatShape[] = [
  sql('tautology', `['"]\\s*\\)*\\s*(?:or|and)\\s+(['"]?)([\\w]+)\\1\\s*=\\s*\\1\\2\\b`),
  sql('tautology', `\\b\\d+\\s*\\)*\\s+or\\s+(\\d+)\\s*=\\s*\\1\\s*(?:--|#|;|$)`),
  sql(
    'stacked',
    `['")\\d]\\s*;\\s*(?:drop|delete|insert|update|alter|truncate|exec(?:ute)?|create|grant|shutdown)\\s+(?:table|database|from|into|\\w+\\s+set|user|all|xp_|view|role|procedure|with)`,
  ),
  sql('union', `(?:['")]|=\\s*-?\\d+)\\s*union\\s+(?:all\\s+)?select\\b`),
  sql('comment', `['"]\\s*\\)*\\s*;?\\s*(?:--|/\\*)\\s*$`),
  sql(
    'blind',
    `['")\\d]\\s*(?:;|\\b(?:and|or|waitfor)\\b)\\s*(?:\\(?\\s*select\\b.{0,40}\\b)?(?:sleep|benchmark|pg_sleep|waitfor\\s+delay)\\s*[('\\d]`,
  ),
  sql('procedure', `;\\s*(?:exec(?:ute)?\\s+)(?:master\\W+)?\\W*xp_cmdshell\\b`),
  cypher(
    'break-out',
    `['"]\\s*[)}\\]]+\\s*(?:detach\\s+delete|delete|match|merge|create|set|remove|call|with|return|union|load\\s+csv)\\b.{0,300}(?://|\\breturn\\b|\\bdelete\\b|\\bset\\b|\\()`,
  ),
  cypher(
    'predicate',
    `['"]\\s*or\\s+(?:true\\b|\\w+\\s*=\\s*\\w+|\\w+\\.\\w+\\s*(?:<>|=|is\\s+not)).{0,300}(?://|return\\b|with\\b|delete\\b)`,
  ),
  cypher(
    'statement',
    `^\\s*(?:match|optional\\s+match)\\s*\\(.{0,300}\\)\\s*(?:where\\b.{0,300})?(?:detach\\s+delete|delete|set|remove)\\s+\\w+[^?]*$`,
  ),
  cypher('statement', `^\\s*(?:call\\s+(?:dbms|apoc|db)\\.|load\\s+csv\\s+(?:with\\s+headers\\s+)?from\\b)[^?]*$`),
  sql(
    'statement',
    `^\\s*(?:drop\\s+(?:table|database)\\s+\\w+|delete\\s+from\\s+\\w+(?:\\s+where\\b.{0,300})?|truncate\\s+table\\s+\\w+|update\\s+\\w+\\s+set\\s+\\w+\\s*=.{0,300}|insert\\s+into\\s+\\w+.{0,300}\\bvalues\\b.{0,300})\\s*;?\\s*(?:--.{0,300})?$`,
  ),
  command(
    'chained',
    `(?:;|\\|\\|?|&&|\\$\\()\\s*(?:sudo\\s+)?(?:rm\\s+-\\w+|(?:curl|wget)\\s+\\S+|nc\\s+-\\w+|(?:ba|z|k)?sh\\s+-[ci]|(?:cat|less|head|tail)\\s+/(?:etc|proc|root|home|var)/|chmod\\s+[0-7+]|powershell\\b|python3?\\s+-c|perl\\s+-e|whoami\\b|id\\s*[;)&|]|shutdown\\b|mkfs\\b|dd\\s+if=)`,
  ),
  command(
    'substitution',
    '`\\s*(?:(?:curl|wget)\\s+\\S+\\s*\\|\\s*(?:ba)?sh|cat\\s+/etc/(?:passwd|shadow)|nc\\s+-e\\b.{0,300})\\s*`\\s*$',
  ),
  command('device', '(?:>|<)&?\\s*/dev/tcp/'),
  command('traversal', '(?:\\.\\./){2,}(?:etc|proc|root|home|var|windows)/'),
];

/** Credentials that must not enter the ledger with a question. */
export const SECRET_SHAPES: readonly ThreatShape[] = [
  secret('aws-key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/u),
  secret('github-token', /\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})/u),
  secret('provider-key', /\bsk-(?:ant-|proj-|live-|or-)?[A-Za-z0-9_-]{20,}/u),
  secret('slack-token', /\bxox[abprs]-[A-Za-z0-9-]{10,}/u),
  secret('google-key', /\bAIza[0-9A-Za-z_-]{35}/u),
  secret('private-key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/u),
  secret('jwt', /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/u),
  secret('url-password', /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]{4,}@[\w.-]+/iu),
  secret(
    'assignment',
    /\b(?:password|passwd|pwd|api[_-]?key|secret[_-]?key|access[_-]?token|client[_-]?secret)\s*(?:=|:|\bis\b)\s*['"]?(?=[^\s'"]*\d)(?=[^\s'"]*[A-Za-z])[^\s'"]{8,}/iu,
  ),
];

function prompt(rule: string, source: string): ThreatShape {
  return { kind: 'prompt_injection', rule, shape: new RegExp(source, 'isu') };
}

function sql(rule: string, source: string): ThreatShape {
  return { kind: 'sql_injection', rule, shape: new RegExp(source, 'is') };
}

function cypher(rule: string, source: string): ThreatShape {
  return { kind: 'cypher_injection', rule, shape: new RegExp(source, 'is') };
}

function command(rule: string, source: string): ThreatShape {
  return { kind: 'command_injection', rule, shape: new RegExp(source, 'is') };
}

function secret(rule: string, shape: RegExp): ThreatShape {
  return { kind: 'secret', rule, shape };
}
