/**
 * What a score is made of, in words for people who know nothing of channels.
 * @module
 */
import type { CapsuleHeader } from '../capsule/capsule.js';
import { bandOf, isQuarantined } from '../trust/trust-level.js';

const CHANNELS: Readonly<Record<string, string>> = {
  body: 'Words you asked for stand in its text',
  title: 'Words you asked for stand in its title or tags',
  prefix: 'It holds words that begin like the last one you typed',
  ngram: 'It holds words spelt like yours, or nearly so',
  context: 'It stands beside other hits in its collection, or derives from one',
};

/** The parts of a score, the largest first, in whole per cent that sum to 100; parts below half a per cent may be left out. */
export function explainScore(parts: Readonly<Record<string, number>>, model: string | null): string[] {
  return percentages(parts).map(([channel, share]) => `${inWords(channel, model)}: ${share} % of its score.`);
}

/** How far a capsule can be relied on, and why not further. */
export function explainStanding(
  capsule: Pick<CapsuleHeader, 'trust' | 'chainTrust' | 'tainted' | 'warned' | 'retracted'>,
): string[] {
  const { trust, chainTrust, tainted, warned, retracted } = capsule;
  const chain = `chain trust is ${chainTrust} (${bandOf(chainTrust)})`;
  const told =
    chainTrust < trust
      ? `Its own trust is ${trust} (${bandOf(trust)}), but its ${chain}, for something it rests on has no more`
      : `Its ${chain}`;
  const ancestry = tainted
    ? 'something it rests on was retracted or quarantined'
    : warned
      ? 'something it cites was retracted or quarantined'
      : 'nothing it rests on was retracted or quarantined';
  return [
    `${told}; ${ancestry}.`,
    ...(retracted ? ['It was itself retracted.'] : []),
    ...(isQuarantined(trust) ? ['It is itself quarantined.'] : []),
  ];
}

/** Why a hit stands where it does. `model` is the one whose vectors took part. */
export function explainHit(
  hit: { readonly explain: Readonly<Record<string, number>>; readonly capsule: CapsuleHeader },
  model: string | null,
): string[] {
  return [...explainScore(hit.explain, model), ...explainStanding(hit.capsule)];
}

function inWords(channel: string, model: string | null): string {
  if (channel !== 'meaning') return CHANNELS[channel] ?? `By the measure “${channel}”`;
  return `It means much the same${model === null ? '' : ` (model ${model})`}`;
}

/** Whole numbers that sum to 100, each next to its exact share: what rounding down leaves goes to the largest remainders. */
function percentages(parts: Readonly<Record<string, number>>): [string, number][] {
  const positive = Object.entries(parts).filter(([, part]) => part > 0);
  const sum = positive.reduce((total, [, part]) => total + part, 0);
  const exact = positive.map(([channel, part]) => ({ channel, share: (part / sum) * 100 }));
  const whole = exact.map(({ share }) => Math.floor(share));
  const missing = 100 - whole.reduce((total, share) => total + share, 0);
  const byRemainder = exact.map((_, i) => i).sort((a, b) => remainder(exact[b]) - remainder(exact[a]) || a - b);
  for (const i of byRemainder.slice(0, missing)) whole[i] = (whole[i] ?? 0) + 1;
  return exact
    .map(({ channel }, i): [string, number] => [channel, whole[i] ?? 0])
    .filter(([, share]) => share > 0)
    .sort(([, a], [, b]) => b - a);
}

function remainder(part: { readonly share: number } | undefined): number {
  return part === undefined ? 0 : part.share - Math.floor(part.share);
}
