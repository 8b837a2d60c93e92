/**
 * Forms of one word that no stemmer brings together: who asks who feeds it must find by whom it is fed.
 * @module
 */
import { analyze } from '../../search/analyzer.js';

const IRREGULAR =
  'begin began begun;bend bent;bite bit bitten;blow blew blown;break broke broken;breed bred;bring brought;' +
  'build built;burn burnt;buy bought;catch caught;choose chose chosen;come came;deal dealt;dig dug;draw drew drawn;' +
  'drink drank drunk;drive drove driven;eat ate eaten;fall fell fallen;feed fed;feel felt;fight fought;flee fled;' +
  'fly flew flown;forbid forbade forbidden;forget forgot forgotten;freeze froze frozen;get got gotten;give gave given;go went gone;' +
  'grow grew grown;hang hung;hear heard;hide hid hidden;hold held;keep kept;know knew known;lay laid;lead led;leave left;' +
  'lend lent;lose lost;mean meant;meet met;pay paid;ride rode ridden;ring rang rung;rise rose risen;run ran;say said;see saw seen;' +
  'seek sought;sell sold;send sent;shake shook shaken;shine shone;shoot shot;show shown;sing sang sung;sink sank sunk;sit sat;' +
  'sleep slept asleep;speak spoke spoken;spend spent;stand stood;steal stole stolen;stick stuck;strike struck;swear swore sworn;' +
  'swim swam swum;take took taken;teach taught;tear tore torn;tell told;think thought;throw threw thrown;understand understood;' +
  'wear wore worn;win won;withdraw withdrew withdrawn;write wrote written;' +
  'child children;person people;man men;woman women;foot feet;tooth teeth;mouse mice;index indices;datum data';

const forms = new Map<string, readonly string[]>();
for (const word of IRREGULAR.split(';')) {
  const stems = [...new Set(analyze(word))];
  for (const stem of stems) forms.set(stem, [...new Set([...(forms.get(stem) ?? []), ...stems])]);
}

/** Stems of the same word, this one aside; none for most. */
export function sameWordAs(term: string): readonly string[] {
  return (forms.get(term) ?? []).filter((form) => form !== term);
}
