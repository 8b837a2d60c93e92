/**
 * The specification's picture of governance: `Proposal` nodes, who `CREATED` them, and the last vote of each voter as a
 * `VOTED` relationship. The engine reads none of it; it is there for queries of others. A vote on a proposal that is not
 * stored leaves no mark.
 * @module
 */
import type { EventPayloads } from '@forge-cascade/core/engine';
import type { Value } from '../values.js';

export interface ProposalRows {
  readonly proposals: Record<string, Value>[];
  /** By proposal and voter. */
  readonly votes: Map<string, Record<string, Value>>;
}

export const noProposalRows = (): ProposalRows => ({ proposals: [], votes: new Map() });

export function openProposal(rows: ProposalRows, id: string, p: EventPayloads['proposal.opened.v1'], at: number): void {
  const { title, description, proposer_id, closes_at } = p;
  rows.proposals.push({ id, at, closes_at, proposer_id, properties: { title, description, proposer_id } });
}

export function castVote(
  rows: ProposalRows,
  proposal: string,
  { voter_id, vote, weight }: EventPayloads['vote.cast.v1'],
  seq: number,
  at: number,
): void {
  rows.votes.set(JSON.stringify([proposal, voter_id]), { proposal, voter: voter_id, vote, weight, seq, at });
}

const PROPOSALS = `UNWIND $proposals AS row MERGE (p:Proposal {id: row.id})
  ON CREATE SET p.status = 'voting', p.votes_for = 0, p.votes_against = 0, p.weight_for = 0.0, p.weight_against = 0.0,
    p.created_at = datetime({epochMillis: row.at})
  SET p += row.properties, p.closes_at = datetime(row.closes_at)
  MERGE (u:User {id: row.proposer_id}) MERGE (u)-[:CREATED]->(p)`;

// The tally beside the proposal is made anew from the votes: one voter may have voted otherwise before.
const VOTES = `UNWIND $votes AS row MATCH (p:Proposal {id: row.proposal}) MERGE (u:User {id: row.voter})
  MERGE (u)-[v:VOTED]->(p)
  SET v.vote = row.vote, v.weight = toFloat(row.weight), v.seq = row.seq, v.timestamp = datetime({epochMillis: row.at})
  WITH DISTINCT p MATCH (:User)-[v:VOTED]->(p)
  WITH p, sum(CASE v.vote WHEN 'for' THEN 1 ELSE 0 END) AS votes_for,
    sum(CASE v.vote WHEN 'against' THEN 1 ELSE 0 END) AS votes_against,
    sum(CASE v.vote WHEN 'for' THEN v.weight ELSE 0.0 END) AS weight_for,
    sum(CASE v.vote WHEN 'against' THEN v.weight ELSE 0.0 END) AS weight_against
  SET p.votes_for = votes_for, p.votes_against = votes_against, p.weight_for = weight_for, p.weight_against = weight_against`;

/** Statements in the order that they must be written in, each with its rows. */
export function proposalStatements({ proposals, votes }: ProposalRows) {
  return [
    { cypher: PROPOSALS, name: 'proposals', values: proposals },
    { cypher: VOTES, name: 'votes', values: [...votes.values()] },
  ];
}
