/**
 * English words too common to tell documents apart. They are indexed, so that a query made of nothing else still finds
 * something, but they count neither towards a document's length nor towards a query that has better words.
 * Contractions stand without their apostrophe, as the analyzer writes them.
 */
const WORDS =
  'a about above after again against all also am an and any are as at be because been before being below between both ' +
  'but by can could did do does doing down during each few for from further had has have having he her here hers ' +
  'herself him himself his how i if in into is it its itself just me more most my myself no nor not now of off on ' +
  'once only or other our ours ourselves out over own same she should so some such than that the their theirs them ' +
  'themselves then there these they this those through to too under until up very was we were what when where which ' +
  'while who whom why will with would you your yours yourself yourselves ' +
  'arent cant couldnt didnt doesnt dont hadnt hasnt havent hed hes id ill im isnt ive lets shes shouldnt thats ' +
  'theres theyd theyll theyre theyve wasnt weve werent whats wheres whos wont wouldnt youd youll youre youve';

export const STOP_WORDS: ReadonlySet<string> = new Set(WORDS.split(' '));
