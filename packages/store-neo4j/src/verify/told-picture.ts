/**
 * What the entries tell of overlays, hops, proposals and votes, against the picture of it in the graph. The engine reads
 * none of that picture; queries of others do. Commits are projected in groups, so that what was told before its overlay or
 * proposal, in one group with it, may be shown and may not.
 * @module
 */
import type { VerifyMisfit } from '@forge-cascade/core';
import type { EventPayloads } from '@forge-cascade/core/engine';
import type { Connection } from '../connection.js';
import type { Row, Value } from '../values.js';
import { changeOverlayState, noOverlayRows, registerOverlay, trigger } from '../writer/overlay-graph.js';
import { castVote, noProposalRows, openProposal } from '../writer/proposal-graph.js';

/** An entry with its payload, as far as it can be read. */
export interface ToldEvent {
  readonly type: string;
  readonly entityId: string;
  readonly payload: unknown;
  readonly seq: number;
  /** Milliseconds. */
  readonly at: number;
}

interface Expected {
  readonly place: string;
  readonly seq: number;
  readonly properties: Readonly<Record<string, Value>>;
  /** Must be there; otherwise it may be. */
  readonly required: boolean;
}

const OVERLAYS = `MATCH (o:Overlay) RETURN o.id AS place, o {.name, .version, .wasm_hash, .trust_level, .capabilities, .state,
  activated_at: o.activated_at.epochMillis} AS properties`;
const HOPS = `MATCH (s)-[t:TRIGGERED]->(d) RETURN toString(t.seq) AS place,
  {source: s.id, target: d.id, event_type: t.event_type, payload: t.payload, at: t.timestamp.epochMillis} AS properties`;
const PROPOSALS = `MATCH (p:Proposal) RETURN p.id AS place, p {.title, .description, .proposer_id, .status,
  closes_at: p.closes_at.epochMillis, created_at: p.created_at.epochMillis,
  created: EXISTS { MATCH (:User {id: p.proposer_id})-[:CREATED]->(p) }} AS properties`;
const VOTES = `MATCH (u)-[v:VOTED]->(p) RETURN toString(v.seq) AS place, {proposal: p.id, voter: u.id, vote: v.vote,
  weight: v.weight, at: v.timestamp.epochMillis} AS properties`;
const TALLIES = `MATCH (p:Proposal)
  CALL (p) { MATCH (p)<-[v:VOTED]-() RETURN
    sum(CASE v.vote WHEN 'for' THEN 1 ELSE 0 END) AS f, sum(CASE v.vote WHEN 'against' THEN 1 ELSE 0 END) AS a,
    sum(CASE v.vote WHEN 'for' THEN v.weight ELSE 0.0 END) AS wf,
    sum(CASE v.vote WHEN 'against' THEN v.weight ELSE 0.0 END) AS wa }
  WITH p, [[p.votes_for, f], [p.votes_against, a], [p.weight_for, wf], [p.weight_against, wa]] AS pairs
  WHERE any(pair IN pairs WHERE pair[0] IS NULL OR abs(pair[0] - pair[1]) > 1e-6) RETURN p.id AS id`;

export class ToldPicture {
  readonly #overlays = noOverlayRows();
  readonly #proposals = noProposalRows();
  /** Where overlays and proposals were told of first. */
  readonly #firstSeen = new Map<string, number>();

  take({ type, entityId: id, payload, seq, at }: ToldEvent): void {
    const told = payload as EventPayloads[keyof EventPayloads];
    switch (type) {
      case 'overlay.registered.v1':
        this.#see('overlay', id, seq);
        return registerOverlay(this.#overlays, id, told as EventPayloads['overlay.registered.v1']);
      case 'overlay.state_changed.v1':
        return changeOverlayState(this.#overlays, id, told as EventPayloads['overlay.state_changed.v1'], at);
      case 'cascade.triggered.v1':
        return trigger(this.#overlays, id, told as EventPayloads['cascade.triggered.v1'], seq, at);
      case 'proposal.opened.v1':
        this.#see('proposal', id, seq);
        return openProposal(this.#proposals, id, told as EventPayloads['proposal.opened.v1'], at);
      case 'vote.cast.v1':
        return castVote(this.#proposals, id, told as EventPayloads['vote.cast.v1'], seq, at);
    }
  }

  async *misfits(connection: Connection): AsyncGenerator<VerifyMisfit> {
    const parts = [
      ['overlay', OVERLAYS, this.#expectedOverlays()],
      ['hop of a cascade', HOPS, this.#expectedHops()],
      ['proposal', PROPOSALS, this.#expectedProposals()],
      ['vote', VOTES, this.#expectedVotes()],
    ] as const;
    for (const [what, cypher, expected] of parts) yield* compare(what, await connection.read(cypher), expected);
    for (const { id } of await connection.read(TALLIES)) {
      yield { kind: 'graph-changed', what: `The tally beside the proposal ${String(id)} is not that of its votes.` };
    }
  }

  #see(what: 'overlay' | 'proposal', id: string, seq: number): void {
    const place = `${what} ${id}`;
    if (!this.#firstSeen.has(place)) this.#firstSeen.set(place, seq);
  }

  #seen(what: 'overlay' | 'proposal', id: Value | undefined): number {
    return this.#firstSeen.get(`${what} ${String(id)}`) ?? Infinity;
  }

  *#expectedOverlays(): Iterable<Expected> {
    for (const [id, { properties }] of this.#overlays.registrations) {
      const later = this.#overlays.states.get(id);
      yield {
        place: id,
        seq: this.#seen('overlay', id),
        properties: {
          ...(properties as Row),
          ...(later === undefined ? {} : { state: later['state'] ?? null, activated_at: later['activated'] ?? null }),
        },
        required: true,
      };
    }
  }

  *#expectedHops(): Iterable<Expected> {
    for (const { seq, ...properties } of this.#overlays.triggers) {
      const known = Math.max(this.#seen('overlay', properties['source']), this.#seen('overlay', properties['target']));
      if (known === Infinity) continue;
      yield { place: String(seq), seq: Number(seq), properties, required: known < Number(seq) };
    }
  }

  *#expectedProposals(): Iterable<Expected> {
    const first = new Map<Value | undefined, Value | undefined>();
    for (const { id, at } of this.#proposals.proposals) if (!first.has(id)) first.set(id, at);
    const last = new Map(this.#proposals.proposals.map((row) => [row['id'], row]));
    for (const [id, { properties, closes_at }] of last) {
      yield {
        place: String(id),
        seq: this.#seen('proposal', id),
        properties: {
          ...(properties as Row),
          status: 'voting',
          closes_at: Date.parse(String(closes_at)),
          created_at: first.get(id) ?? null,
          created: true,
        },
        required: true,
      };
    }
  }

  *#expectedVotes(): Iterable<Expected> {
    for (const { seq, ...properties } of this.#proposals.votes.values()) {
      const opened = this.#seen('proposal', properties['proposal']);
      if (opened === Infinity) continue;
      yield { place: String(seq), seq: Number(seq), properties, required: opened < Number(seq) };
    }
  }
}

function* compare(what: string, rows: readonly Row[], all: Iterable<Expected>): Generator<VerifyMisfit> {
  const missing = new Map([...all].map((one) => [one.place, one]));
  const misfit = (sentence: string, { place, seq }: { place: string; seq?: number }): VerifyMisfit => ({
    kind: 'graph-changed',
    what: `The graph shows ${sentence}.`,
    ...(seq === undefined || !Number.isSafeInteger(seq) ? { id: place } : { seq }),
  });
  for (const { place: stored, properties } of rows) {
    const place = String(stored);
    const expected = missing.get(place);
    if (expected === undefined) yield misfit(`a ${what} that no entry tells of, or shows one twice`, { place });
    else if (!same(expected.properties, properties as Row))
      yield misfit(`another ${what} than the entries tell of`, expected);
    missing.delete(place);
  }
  for (const expected of missing.values()) {
    if (expected.required) yield misfit(`a ${what} no more that the entries tell of`, expected);
  }
}

function same(expected: Row, found: Row): boolean {
  return Object.entries(expected).every(
    ([name, value]) => JSON.stringify(value) === JSON.stringify(found[name] ?? null),
  );
}
