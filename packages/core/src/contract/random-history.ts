/**
 * Random but valid histories. A history is told by a list of numbers, so that a property test can generate and shrink
 * it: each step reads its numbers modulo what is possible at that point.
 * @module
 */
import { CAPSULE_TYPES } from '../capsule/capsule.js';
import type { SealedEvent } from '../ledger/seal.js';
import { RELATIONS, type Relation } from '../lineage/relation.js';
import type { Claim, CommitRequest } from '../ports/commit-port.js';
import { isQuarantined } from '../trust/trust-level.js';
import {
  aCapsule,
  anOverlay,
  aPipelineRun,
  aProposal,
  archivalOf,
  aTrigger,
  aVersionOf,
  aVote,
  commitOf,
  maintenanceChange,
  overlayStateOf,
  reinstatementOf,
  retractionOf,
  trustChangeOf,
  unarchivalOf,
  type GivenCapsule,
  type GivenFields,
} from './given-events.js';
import { START } from './test-api.js';

/** What happens, and four numbers from 0 up that decide the details. */
export type HistorySeed = readonly [kind: number, a: number, b: number, c: number, d: number];

export interface HistoryStep {
  /** Milliseconds; the clock may have gone back. */
  readonly at: number;
  readonly request: CommitRequest;
}

export interface History {
  readonly steps: readonly HistoryStep[];
  /** Give this to every store as its clock; {@link compareStores} moves it. */
  readonly now: () => number;
  moveTo(ms: number): void;
}

export const HISTORY_OWNERS = ['owner-a', 'owner-b', 'owner-c'] as const;
export const HISTORY_TAGS = ['red', 'green', 'blue', 'Red'] as const;
export const HISTORY_COLLECTIONS = ['docs', 'docs/api', 'docs/api/v2', 'docs/apiary'] as const;
export const HISTORY_WORDS = (
  'ledger proof trust lineage capsule glucose contract appeal titration vote quorum overlay notary assay exhibit ' +
  'running runs ran naïve 東京 state-of-the-art snake_case v3.12'
).split(' ');

interface Line {
  head: Version;
  archived: boolean;
}

interface Version {
  readonly capsule: GivenCapsule;
  readonly line: Line;
  trust: number;
  trustBefore: number | null;
  retracted: boolean;
}

/** The history that some numbers tell. */
export function randomHistory(seeds: readonly HistorySeed[]): History {
  const teller = new Teller();
  const steps = seeds.flatMap((seed) => teller.step(seed) ?? []);
  let now = START;
  return { steps, now: () => now, moveTo: (ms) => void (now = ms) };
}

/** A history of `length` steps that follows from one number, for runs too long to shrink. */
export function seededHistory(seed: number, length: number): History {
  let state = seed >>> 0;
  // mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x = (x + Math.imul(x ^ (x >>> 7), x | 61)) ^ x;
    return (x ^ (x >>> 14)) >>> 0;
  };
  return randomHistory(Array.from({ length }, () => [next(), next(), next(), next(), next()] as const));
}

class Teller {
  readonly #versions: Version[] = [];
  readonly #lines: Line[] = [];
  readonly #promised: string[] = [];
  #at = START;
  #count = 0;

  /** Null where the numbers ask for something that is not possible yet. */
  step([kind, a, b, c, d]: HistorySeed): HistoryStep | null {
    const n = (this.#count += 1);
    // Often not at all, so that instants hold several commits; sometimes back.
    this.#at += [0, 0, 1, 7, 1000, -50][d % 6] ?? 0;
    const events = this.#events(kind % 16, a, b, c, d);
    if (events === null) return null;
    // What a losing request promises never comes due, so nothing later may complete it.
    const promises = d % 11 === 0 && !mayLose(c);
    const completes = d % 13 === 0 ? (this.#promised.shift() ?? null) : null;
    if (promises) this.#promised.push(`work-${n}`);
    return {
      at: this.#at,
      request: commitOf(events, {
        actor: pick(HISTORY_OWNERS, a + b),
        correlationId: `request-${Math.floor(n / 3)}`,
        causationId: d % 5 === 0 ? `request-${n}` : null,
        completes,
        outbox: promises ? [{ id: `work-${n}`, topic: 'phase', payload: `{"n":${n}}` }] : [],
        ...(claims(c) ? { claims: [this.#claim(n, b, c)] } : {}),
        expect: expectsTooMuch(c) ? [{ stream: 'never', revision: 1 }] : [],
      }),
    };
  }

  #claim(n: number, b: number, c: number): Claim {
    return { space: 'random', key: String(b % 5), holder: `h${n}`, expiresAt: this.#at + (c % 2000) };
  }

  /** Events are tracked here as if they were committed, so losing requests must carry none that later ones rest on. */
  #events(kind: number, a: number, b: number, c: number, d: number): readonly (SealedEvent | GivenCapsule)[] | null {
    if (mayLose(c)) return [aPipelineRun([], `question ${this.#count}`, `run-${this.#count}`)];
    if (kind < 5 || this.#versions.length === 0) return [this.#create(a, b, c, d)];
    if (kind < 8) return [this.#version(a, b, c, d)];
    const target = pick(this.#versions, a);
    if (kind < 11) return [this.#trust(target, b, c)];
    if (kind === 11) return [this.#retract(target)];
    if (kind === 12) return [this.#archive(pick(this.#lines, a))];
    if (kind === 13) return [aPipelineRun([target.capsule.id], `why ${b}`, `run-${this.#count}`)];
    if (kind === 14) return [this.#beside(b, c)];
    // Several in one commit, resting on each other.
    return [
      this.#create(a, b, c, d),
      this.#version(a, c, b, d),
      this.#trust(pick(this.#versions, d), c, b),
      this.#create(d, a, b, c),
    ];
  }

  /** What the ledger records and no capsule shows; it may name what is not there. */
  #beside(b: number, c: number): SealedEvent {
    const [overlay, other] = [`overlay-${b % 3}`, `overlay-${c % 4}`];
    const proposal = `proposal-${c % 2}`;
    const told = [
      () => maintenanceChange(c % 2 === 0),
      () => anOverlay(overlay, `name-${c % 3}`),
      () => overlayStateOf(overlay, pick(['ACTIVE', 'DISABLED'], c)),
      () => aTrigger(overlay, other),
      () => aProposal(proposal, pick(HISTORY_OWNERS, b)),
      () => aVote(proposal, pick(HISTORY_OWNERS, b), pick(['for', 'against', 'abstain'], c), (c % 201) / 2),
    ];
    return pick(told, b)();
  }

  #create(a: number, b: number, c: number, d: number): GivenCapsule {
    const n = this.#versions.length;
    const fields = this.#fields(a, b, c, d);
    const capsule = aCapsule({
      ...fields,
      id: `capsule-${n}`,
      seriesId: `series-${n}`,
      key: a % 3 === 0 ? `key-${n}` : null,
      derivedFrom: this.#parents(b, c, a % 5),
    });
    const line = { archived: false } as Line;
    line.head = this.#remember(capsule, line);
    this.#lines.push(line);
    return capsule;
  }

  #version(a: number, b: number, c: number, d: number): GivenCapsule {
    const line = pick(this.#lines, a);
    const capsule = aVersionOf(line.head.capsule, {
      ...this.#fields(b, c, a, d),
      id: `capsule-${this.#versions.length}`,
      relation: d % 4 === 0 ? 'correction' : 'version',
      changes: d % 2 === 0 ? ['content', 'tags'] : ['title'],
      derivedFrom: this.#parents(c, b, d % 3),
    });
    line.head = this.#remember(capsule, line);
    return capsule;
  }

  #remember(capsule: GivenCapsule, line: Line): Version {
    const version = { capsule, line, trust: capsule.payload.trust, trustBefore: null, retracted: false };
    this.#versions.push(version);
    return version;
  }

  #parents(x: number, y: number, count: number) {
    const known = this.#versions;
    return Array.from({ length: known.length === 0 ? 0 : count }, (_, i) => {
      // Half of them recent, so that chains grow long.
      const place = i % 2 === 0 ? known.length - 1 - (x % Math.min(known.length, 4)) : (x + i * y) % known.length;
      const relation: Relation = pick(RELATIONS, y + i * 3);
      return { id: known[place]?.capsule.id ?? '', relation, reason: (x + i) % 3 === 0 ? `because ${i}` : null };
    });
  }

  #fields(a: number, b: number, c: number, d: number): GivenFields {
    const words = (from: number, count: number): string =>
      Array.from({ length: count }, (_, i) => pick(HISTORY_WORDS, from + i * (1 + (from % 7)))).join(' ');
    const collection = d % 3 === 0 ? null : pick(HISTORY_COLLECTIONS, d);
    return {
      type: pick(CAPSULE_TYPES, a),
      title: b % 4 === 0 ? null : words(b, 1 + (b % 3)),
      content: `${words(a, 3 + (c % 9))}. ${words(c, 2 + (a % 30))}.`,
      ownerId: pick(HISTORY_OWNERS, b),
      tags: HISTORY_TAGS.filter((_, i) => (c >> i) % 2 === 1),
      metadata: d % 2 === 0 ? {} : { n: d, nested: { list: [a % 10, null, true] } },
      collection,
      position: collection === null ? null : a % 12,
      trust: pick([60, 60, 80, 100, 40, 39, 10], a + d),
      validFrom: a % 4 === 0 ? new Date(START + (a % 40) * 100).toISOString() : null,
      validTo: c % 5 === 0 ? new Date(START + (c % 50) * 100).toISOString() : null,
    };
  }

  #trust(target: Version, b: number, c: number): SealedEvent {
    const { capsule, trust, trustBefore } = target;
    const to = b % 101;
    if (c % 3 === 0 && !isQuarantined(trust)) {
      target.trustBefore = trust;
      target.trust = to % 40;
      return trustChangeOf(capsule, trust, target.trust, 'quarantine');
    }
    if (c % 3 === 1 && trustBefore !== null) {
      target.trustBefore = null;
      target.trust = trustBefore;
      return trustChangeOf(capsule, trust, trustBefore, 'release');
    }
    target.trust = to;
    if (!isQuarantined(to)) target.trustBefore = null;
    return trustChangeOf(capsule, trust, to, c % 2 === 0 ? 'review' : 'signal');
  }

  #retract(target: Version): SealedEvent {
    target.retracted = !target.retracted;
    return target.retracted ? retractionOf(target.capsule) : reinstatementOf(target.capsule);
  }

  #archive(line: Line): SealedEvent {
    line.archived = !line.archived;
    return line.archived ? archivalOf(line.head.capsule) : unarchivalOf(line.head.capsule);
  }
}

/** Takes a claim that an earlier step may hold. */
function claims(c: number): boolean {
  return c % 7 === 0;
}

function expectsTooMuch(c: number): boolean {
  return c % 19 === 0;
}

function mayLose(c: number): boolean {
  return claims(c) || expectsTooMuch(c);
}

function pick<T>(items: readonly T[], n: number): T {
  return items[n % items.length] as T;
}
