/**
 * The words by which a question is asked, apart from what it is about: `Tell me about …, please` asks for no sentence
 * that tells or pleases. In other languages than English the question words would count as things to be found.
 * @module
 */

const PLEA = /(?:^|,\s*|\s)(?:please|kindly|thanks|thank you)(?=[\s,.!?]|$)/giu;

const POLITE_START =
  /^\s*(?:(?:hi|hello|hey|so|and|ok|okay)[\s,]+)*(?:(?:can|could|would|will) (?:you|anybody|anyone|somebody|someone)\s+|do (?:you|we) (?:happen to )?know\s+|(?:i|we)(?:'d|’d| would) (?:like|love|want) to (?:know|hear|learn)\s+|(?:i|we) (?:want|need) to know\s+)+/iu;

/** An order to tell of a thing, or a question after whatever is known of it. */
const TELLING_START = new RegExp(
  '^\\s*(?:' +
    [
      'tell (?:me|us)(?: (?:more|something|everything|all|a bit|what (?:you|we) know))?(?: (?:about|of|on))?',
      '(?:describe|explain|summari[sz]e|outline|define|introduce|recap)(?: (?:to|for) (?:me|us))?(?: (?:me|us))?',
      'show (?:me|us)',
      '(?:give|get) (?:me |us )?(?:an? |the )?(?:short |brief |quick )?(?:overview|summary|description|explanation|definition|account|gist) (?:of|about|on)',
      '(?:an? |the )?(?:short |brief |quick )?(?:overview|summary|description|explanation) (?:of|about|on)',
      'what (?:do|does|can|did) (?:we|you|i|one|anyone|anybody|people|this memory|the memory) (?:already |actually )?(?:know|say|tell (?:me|us)|have)(?: (?:about|of|on))?',
      "what(?: is|'s|’s) (?:known|there to know|written|recorded|said) (?:about|of|on)",
      '(?:what|how) about',
      'is (?:there )?(?:anything|something) (?:known |recorded |written )?(?:about|on)',
      '(?:any |some )?(?:information|info|details|facts) (?:about|on)',
    ].join('|') +
    ')(?![\\p{L}\\p{N}-])',
  'iu',
);

/** `may` and its like shape a question; the month has a capital. */
const AUXILIARY = /\b(?:may|might|must|shall)\b|^\s*May\b/gu;

interface Tongue {
  /** What a question of this language begins with, and no English one. */
  readonly opening: RegExp;
  /** Words that only shape it. */
  readonly shaping: ReadonlySet<string>;
}

const tongue = (opening: string, shaping: string): Tongue => ({
  opening: new RegExp(`^[\\s¿«„"]*(?:${opening})(?![\\p{L}\\p{N}])`, 'iu'),
  shaping: new Set(shaping.split(' ')),
});

const TONGUES: readonly Tongue[] = [
  tongue(
    '(?:(?:seit|bis|von|mit|für|an|auf|in|ab|um|zu) )?(?:wie|wieviele?|wann|wo|woher|wohin|wofür|wozu|wer|wen|wem|wessen|warum|wieso|weshalb|welche[rsnm]?)|was (?:ist|sind|war|waren|wird|bedeutet|kostet|macht|heißt|steht|tut|wissen)',
    'wie wieviel wieviele wann wo woher wohin wofür wozu wer wen wem wessen warum wieso weshalb welche welcher welches welchen welchem was ' +
      'ist sind war waren wird werden wurde wurden hat haben hatte bedeutet heißt gibt es der die das den dem des ein eine einen einem einer eines ' +
      'lang lange viel viele oft groß hoch weit alt man wir uns unser unsere unserer ihr ihre über von vom zu zum zur im in am an auf aus bei mit für bis seit ab um und oder nicht bitte',
  ),
  tongue(
    "(?:(?:à|de|depuis|pour|avec|en|dans|sur) )?(?:qui|que|quoi|quand|où|comment|pourquoi|quel|quelle|quels|quelles|combien)|qu['’]est|d['’]où",
    'qui que quoi qu quand où comment pourquoi quel quelle quels quelles combien est sont était étaient a ont le la les l un une des du de d au aux à ' +
      'en dans sur pour par avec depuis ce c il elle ils elles on nous notre nos temps et ou ne pas',
  ),
  tongue(
    '(?:(?:a|de|desde|para|con|en|por) )?(?:qué|quién|quiénes|cuándo|dónde|cómo|cuál|cuáles|cuánto|cuánta|cuántos|cuántas)',
    'qué quién quiénes cuándo dónde cómo cuál cuáles cuánto cuánta cuántos cuántas por es son era eran fue está están hay ha han el la los las lo un una unos unas ' +
      'de del al a en con para desde se su sus nuestro nuestra tiempo y o no',
  ),
  tongue(
    "(?:(?:a|da|di|per|con|in) )?(?:chi|che cosa|cosa|quando|dove|perché|quale|quali|quanto|quanta|quanti|quante)|dov['’]è|cos['’]è|com['’]è",
    'chi che cosa quando dove come perché quale quali quanto quanta quanti quante è sono era erano ha hanno il lo la i gli le l un uno una di del della dei delle ' +
      'da dal al a in nel nella con per si nostro nostra tempo e o non',
  ),
  tongue(
    '(?:(?:sinds|van|met|voor|aan|in) )?(?:hoe|wie|wat|waar|wanneer|waarom|welke)',
    'hoe wie wat waar wanneer waarom welke is zijn was waren wordt worden heeft hebben de het een van voor met in op aan lang veel vaak onze ons wij we en of niet',
  ),
];

/** Chinese and Japanese put no space around a question word; what would stand in its place in the answer goes with it. */
const UNSPACED_ASKING =
  /(?:请问|請問)|[是为為有在要]?(?:什么时候|什麼時候|为什么|為什麼|怎么样|多长时间|多久|多少|多长|多長|什么|什麼|谁|誰|哪里|哪裡|哪儿|哪个|哪些|何时|何時|怎么|怎麼|怎样|如何)|[吗嗎呢吧](?=[\s？?]|$)|[はがをにで]?(?:どのくらい|どれくらい|いくつ|いくら|いつ|どこ|だれ|誰|なぜ|どうして|どう|何年|何時|何|なに|なん)(?:ですか|でしょうか|ますか|か)?|(?:ですか|でしょうか|ますか)(?=[\s？?。]|$)/gu;

/** A question without the words that only ask. */
export function withoutAsking(text: string): string {
  const plain = text.replace(PLEA, ' ').replace(POLITE_START, '').replace(TELLING_START, ' ');
  const spoken = TONGUES.find(({ opening }) => opening.test(plain));
  return (spoken === undefined ? plain.replace(AUXILIARY, ' ') : withoutShaping(plain, spoken)).replace(
    UNSPACED_ASKING,
    ' ',
  );
}

/** True for an order to tell of a thing, whatever there is. */
export function asksToTell(text: string): boolean {
  return TELLING_START.test(text.replace(PLEA, ' ').replace(POLITE_START, ''));
}

function withoutShaping(text: string, { shaping }: Tongue): string {
  return text.replace(/[\p{L}\p{M}]+/gu, (word) => (shaping.has(word.toLowerCase()) ? ' ' : word));
}
