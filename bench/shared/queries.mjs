/** Queries made of words that occur, by how many of the texts they occur in. */
import { STOP_WORDS } from '@forge-cascade/core';
import { randomness } from './random.mjs';

/** How many words of which band each kind of query has; `stop` words are those that most rankers throw away. */
const KINDS = {
  'rare (2)': ['rare', 'rare'],
  'middling (3)': ['middling', 'middling', 'middling'],
  'common (5)': ['common', 'common', 'common', 'common', 'common'],
  'mixed (5)': ['rare', 'middling', 'middling', 'common', 'common'],
  'stop and common words (6)': ['stop', 'common', 'stop', 'stop', 'common', 'middling'],
};

/** `count` queries of every kind for which the texts have words. */
export function queriesOf(texts, count) {
  const bands = wordBands(texts);
  const random = randomness(11);
  const pick = (band) => bands[band][Math.floor(random() * bands[band].length)];
  const possible = Object.entries(KINDS).filter(([, parts]) => parts.every((band) => bands[band].length > 0));
  return Object.fromEntries(
    possible.map(([kind, parts]) => [kind, Array.from({ length: count }, () => parts.map(pick).join(' '))]),
  );
}

function wordBands(texts) {
  const texted = new Map();
  for (const text of texts) {
    for (const word of new Set(text.toLowerCase().match(/[a-z][a-z0-9]{2,}/g) ?? []))
      texted.set(word, (texted.get(word) ?? 0) + 1);
  }
  const bands = { rare: [], middling: [], common: [], stop: [] };
  for (const [word, count] of texted) {
    const share = count / texts.length;
    if (STOP_WORDS.has(word)) bands.stop.push(word);
    else if (share < 0.002) bands.rare.push(word);
    else if (share >= 0.005 && share < 0.05) bands.middling.push(word);
    else if (share >= 0.1) bands.common.push(word);
  }
  return bands;
}
