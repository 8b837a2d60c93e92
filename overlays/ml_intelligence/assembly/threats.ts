/** What security threats teach: counts by kind that fade, and a threshold that they lower. */

import { Json, Kind } from '@forge-cascade/overlay-sdk/guest';
const MOST_KINDS: i32 = 16;
/** What is left of earlier threats when another comes. */
const FADING: f64 = 0.95;
/** Threats lower the threshold by at most this. */
const MOST_LOWERED: f64 = 0.08;

export const kinds: string[] = [];
export const weights: f64[] = [];
export let taught: i32 = 0;

/** Whether there was something to learn: a payload that names no kind of threat teaches nothing. */
export function learnThreat(payload: Json | null): bool {
  if (payload === null) return false;
  const threats = payload.field('threats');
  if (threats === null || threats.kind != Kind.LIST || !namesAny(threats)) return false;
  for (let i = 0; i < weights.length; i++) weights[i] *= FADING;
  taught++;
  let threat = threats.first;
  while (threat !== null) {
    const kind = threat.textOf('kind');
    if (isName(kind)) count(kind);
    threat = threat.next;
  }
  return true;
}

function namesAny(threats: Json): bool {
  let threat = threats.first;
  while (threat !== null) {
    if (isName(threat.textOf('kind'))) return true;
    threat = threat.next;
  }
  return false;
}

function count(kind: string): void {
  const known = kinds.indexOf(kind);
  if (known >= 0) weights[known] += 1;
  else if (kinds.length < MOST_KINDS) {
    kinds.push(kind);
    weights.push(1);
  } else count(kinds[0]);
}

/** The threshold for anomalies under the threats of late. */
export function loweredThreshold(threshold: f64): f64 {
  let sum = 0.0;
  for (let i = 0; i < weights.length; i++) sum += weights[i];
  return threshold - MOST_LOWERED * (sum / (sum + 10));
}

/** Kinds come from events: only lower-case names become keys of what is published. */
function isName(kind: string): bool {
  if (kind.length == 0 || kind.length > 64) return false;
  for (let i = 0; i < kind.length; i++) {
    const c = kind.charCodeAt(i);
    if (!((c >= 97 && c <= 122) || c == 95)) return false;
  }
  return true;
}
