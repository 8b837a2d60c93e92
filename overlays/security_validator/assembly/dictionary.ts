/** The words that rules know, each with the groups it belongs to. One look-up by hash for each word of a text. */
import { at, isUpper, isWord } from './text';

export const OVERRIDE: u64 = 1 << 0;
export const FILL: u64 = 1 << 1;
export const SCOPE: u64 = 1 << 2;
export const ORDERS: u64 = 1 << 3;
export const REVEAL: u64 = 1 << 4;
export const HIDDEN: u64 = 1 << 5;
export const SUBJECT: u64 = 1 << 6;
export const NEGATION: u64 = 1 << 7;
export const FOLLOW: u64 = 1 << 8;
export const SWITCH_OFF: u64 = 1 << 9;
export const LIMITS: u64 = 1 << 10;
export const PLAY: u64 = 1 << 11;
export const UNBOUND: u64 = 1 << 12;
export const MODE: u64 = 1 << 13;
export const ENTER: u64 = 1 << 14;
export const MACHINE: u64 = 1 << 15;
export const SEND: u64 = 1 << 16;
export const DISCUSS: u64 = 1 << 17;
export const SQL_VERB: u64 = 1 << 18;
export const SQL_OBJECT: u64 = 1 << 19;
export const GRAPH_VERB: u64 = 1 << 20;
export const COMMAND: u64 = 1 << 21;
export const CREDENTIAL: u64 = 1 << 22;
export const ASK: u64 = 1 << 23;
export const PHONE: u64 = 1 << 24;
export const BIRTH: u64 = 1 << 25;
export const ORDERED: u64 = 1 << 26;
export const YOU: u64 = 1 << 27;
export const FRESH: u64 = 1 << 28;
export const SSN: u64 = 1 << 29;
export const LOGIC: u64 = 1 << 30;
export const POLITE: u64 = 1 << 31;

const SIZE: i32 = 2048;
const hashes = new StaticArray<u32>(SIZE);
const masks = new StaticArray<u64>(SIZE);

function add(mask: u64, words: string): void {
  const list = words.split(' ');
  for (let i = 0; i < list.length; i++) {
    const word = list[i];
    let hash: u32 = 0x811c9dc5;
    for (let j = 0; j < word.length; j++) hash = (hash ^ (<u32>word.charCodeAt(j))) * 0x01000193;
    let slot = hash & (SIZE - 1);
    while (hashes[slot] != 0 && hashes[slot] != hash) slot = (slot + 1) & (SIZE - 1);
    hashes[slot] = hash;
    masks[slot] |= mask;
  }
}

add(
  OVERRIDE,
  'ignore ignores ignoring disregard disregarding forget forgetting override overriding bypass bypassing neglect discard skip circumvent',
);
add(OVERRIDE, 'abandon dismiss vergiss vergessen ignoriere ignorieren ignorez ignora olvida missachte');
add(
  FILL,
  'of the my these those were was told other given that have had has been i gave me to before and or alle die der sie ich deine deinen nun bitte about us we so far received earlier as well in this',
);
add(
  SCOPE,
  'all any every everything your you previous prior preceding above earlier system safety former initial original existing foregoing current past',
);
add(SCOPE, 'vorherigen vorigen bisherigen obigen vorangehenden vorangegangenen alles deine précédentes anteriores');
add(
  ORDERS,
  'instruction instructions prompt prompts rule rules directive directives guideline guidelines guardrail guardrails command commands',
);
add(
  ORDERS,
  'direction directions order orders programming training anweisung anweisungen befehle aufträge instrucciones assignment assignments context tasks information aufgaben angaben informationen texte',
);
add(
  REVEAL,
  'reveal print show repeat output leak dump display expose disclose divulge tell give share write recite list summarize what',
);
add(HIDDEN, 'your hidden secret initial original system internal confidential');
add(
  SUBJECT,
  'we they one i he she to who may must cannot shall not never employees users people models attackers anyone nobody it can should would',
);
add(NEGATION, "not don't dont never stop cease longer quit");
add(FOLLOW, 'follow following obey obeying comply complying respect respecting adhere');
add(SWITCH_OFF, 'disable deactivate remove bypass override suspend drop circumvent disabled ignore lift');
add(
  LIMITS,
  'restriction restrictions filter filters limit limits limitation limitations rule rules guideline guidelines safety guardrail guardrails safeguards censorship boundaries policies constraints ethics',
);
add(PLAY, 'act behave respond answer pretend imagine roleplay simulate play assume');
add(UNBOUND, 'dan unrestricted unfiltered jailbroken uncensored evilgpt unlimited amoral freed stan aim');
add(MODE, 'developer god jailbreak admin sudo debug unrestricted dan root maintenance');
add(ENTER, 'enable enter activate switch in into');
add(MACHINE, 'ai assistant llm chatgpt gpt claude model bot chatbot copilot agent gemini assistants');
add(SEND, 'send post forward upload append email transmit exfiltrate leak submit');
add(
  DISCUSS,
  'attack attacks attacker attackers injection injections jailbreak jailbreaks example examples payload payloads vulnerability vulnerabilities malicious',
);
add(
  DISCUSS,
  'exploit exploits phishing detect detects detected detection prevent prevents threat threats mitigation dangerous documentation defend defence adversarial quotes quoted mean means difference explain syntax statement parameterised parameterized injected',
);
add(SQL_VERB, 'drop delete insert update alter truncate exec execute create grant shutdown waitfor declare');
add(SQL_OBJECT, 'table database from into user all view role procedure with schema index login users delay');
add(GRAPH_VERB, 'detach delete match merge create set remove call with return union load');
add(
  COMMAND,
  'rm curl wget nc ncat sh bash zsh ksh cat less head tail chmod chown powershell python python3 perl ruby whoami id shutdown reboot mkfs dd sudo ping nslookup kill eval',
);
add(
  CREDENTIAL,
  'password passwd pwd passphrase api_key apikey secret_key secretkey access_token auth_token client_secret secret_access_key aws_secret_access_key private_key access_key token secret api_token db_password passwort pass accountkey sharedaccesskey',
);
add(
  ASK,
  'what why when who how which where is are does do did can could should explain describe define was were has have whose compare',
);
add(PHONE, 'phone tel telephone mobile call fax cell telefon mobil ring whatsapp');
add(BIRTH, 'dob born birth birthdate birthday geboren geburtsdatum');
add(SSN, 'ssn social security');
add(
  ORDERED,
  'say recommend approve approved reveal tell mention instead must output reply write rate mark trust praise conclude forget ignore disregard',
);
add(YOU, 'you');
add(FRESH, 'new updated real revised actual');
add(LOGIC, 'or and having');
add(POLITE, 'please kindly now then instead just simply and but so also first');

/** End of the word that {@link wordAt} looked at last. */
export let wordEnd: usize = 0;

/** Groups of the word that begins there, 0 for an unknown one. */
export function wordAt(p: usize): u64 {
  let hash: u32 = 0x811c9dc5;
  let c = at(p);
  while (isWord(c) || (c == 39 && isWord(at(p + 1)))) {
    if (isUpper(c)) c |= 32;
    hash = (hash ^ c) * 0x01000193;
    c = at(++p);
  }
  wordEnd = p;
  let slot = hash & (SIZE - 1);
  while (unchecked(hashes[slot]) != 0) {
    if (unchecked(hashes[slot]) == hash) return unchecked(masks[slot]);
    slot = (slot + 1) & (SIZE - 1);
  }
  return 0;
}

/**
 * Start of the next word of the same sentence behind `p`, 0 where there is none: signs that end a sentence or a cell stop
 * it, commas and quotation marks do not.
 */
export function nextWord(p: usize): usize {
  for (let i = 0; i < 16; i++) {
    const c = at(p);
    if (isWord(c)) return p;
    if (c == 0 || c == 46 || c == 33 || c == 63 || c == 124 || c == 58) return 0;
    if (c == 10 && at(p + 1) == 10) return 0;
    p++;
  }
  return 0;
}
