/** Writes a decided group. All statements travel in one message. @module */
import type { Statements } from '../connection.js';
import type { Value } from '../values.js';
import { reviveEmbeddings, HIDE_EMBEDDINGS } from './embeddings.js';
import type { CapsuleState } from './capsule-states.js';
import type { DecidedGroup } from './decide-group.js';
import type { GroupState } from './group-state.js';
import { overlayStatements } from './overlay-graph.js';
import { proposalStatements } from './proposal-graph.js';

export interface Signature {
  /** The signed checkpoint; null when no entry was added. */
  readonly note: string | null;
  readonly writer: string;
  readonly group: string;
  /** While a ledger arrives: the name it will have, and null once it has arrived whole. */
  readonly receiving?: string | null;
}

/** What nearly every group writes, in one statement: a statement costs the server more than most rows do. */
const GROUP = `CALL () { UNWIND $entries AS row CREATE (a:AuditLog)
    SET a = row.properties, a.timestamp = datetime({epochMillis: row.at}) RETURN count(*) AS entries }
  CALL () { UNWIND $capsules AS row CREATE (c:Capsule)
    SET c = row.properties, c.created_at = datetime({epochMillis: row.at}),
      c.updated_at = datetime({epochMillis: row.updated_at}), c.changed = $change
    MERGE (u:User {id: row.owner_id}) CREATE (u)-[:OWNS]->(c) RETURN count(*) AS capsules }
  CALL () { UNWIND $series AS row MERGE (s:Series {id: row.id}) SET s += row.properties RETURN count(*) AS series }
  CALL () { UNWIND $streams AS row MERGE (s:Stream {id: row.id}) SET s.revision = row.revision
    RETURN count(*) AS streams }
  CALL () { UNWIND $tiles AS row CREATE (t:Tile) SET t = row RETURN count(*) AS tiles }
  MATCH (l:Ledger {one: 1}) SET l += $properties, l.mark = $mark
  MERGE (w:Writer {id: $writer}) SET w.last = $group, w.at = $at`;

const EDGES = `UNWIND $edges AS row MATCH (c:Capsule {id: row.child}) MATCH (p:Capsule {id: row.parent})
  CREATE (c)-[:DERIVED_FROM {relation: row.relation, reason: row.reason, changes: row.changes, ord: row.ord,
    timestamp: datetime({epochMillis: row.at})}]->(p)`;

const STANDINGS = `UNWIND $standings AS row MATCH (c:Capsule {seq: row.seq})
  SET c += row.properties, c.updated_at = datetime({epochMillis: row.updated_at}), c.changed = $change`;

const TRUST_CHANGES = `UNWIND $changes AS row MATCH (c:Capsule {id: row.id})
  CREATE (c)-[:TRUST_CHANGED {old_level: row.old_level, new_level: row.new_level, reason: row.reason, cause: row.cause,
    seq: row.seq, timestamp: datetime({epochMillis: row.at})}]->(c)`;

const CLAIMS = `UNWIND $claims AS row MERGE (c:Claim {space: row.space, key: row.key})
  SET c.holder = row.holder, c.expires_at = row.expires_at`;

const END_MESSAGES = 'UNWIND $ids AS id MATCH (o:Outbox {id: id}) DELETE o';
const MESSAGES = 'UNWIND $messages AS row CREATE (o:Outbox) SET o = row';

export async function writeGroup(
  statements: Statements,
  state: GroupState,
  decided: DecidedGroup,
  { note, writer, group, receiving }: Signature,
): Promise<void> {
  const { rows, frontier } = decided;
  const change = state.head.changes + (rows.changed.size > 0 ? 1 : 0);
  const capsules = state.head.capsules + rows.capsules.length;
  const written: Promise<unknown>[] = [];
  const write = (cypher: string, name: string, values: readonly Value[], more: Record<string, Value> = {}): void => {
    if (values.length > 0) written.push(statements.run(cypher, { [name]: values, ...more }));
  };
  const properties: Record<string, Value> = {
    size: frontier.size,
    timestamp: decided.timestamp,
    capsules,
    changes: change,
    messages: decided.messages,
    ...(note === null ? {} : { note, frontier: Buffer.concat(frontier.hashes()) }),
    ...(rows.maintenance === null ? {} : { maintenance: rows.maintenance }),
    ...rows.ledger,
    ...(receiving === undefined ? {} : { receiving }),
  };
  const mark = [frontier.size, capsules, change];
  written.push(
    statements.run(GROUP, {
      ...{
        entries: rows.entries,
        capsules: capsuleRows(state, decided),
        series: seriesRows(decided),
        tiles: rows.tiles,
      },
      streams: [...rows.streams].map(([id, revision]) => ({ id, revision })),
      ...{ change, properties, mark, writer, group, at: decided.timestamp },
    }),
  );
  write(EDGES, 'edges', rows.edges);
  write(STANDINGS, 'standings', standingRows(state, decided), { change });
  write(TRUST_CHANGES, 'changes', rows.trustChanges);
  write(
    HIDE_EMBEDDINGS,
    'seqs',
    // What this group creates has none yet.
    [...rows.changed].flatMap(({ seq }) => (seq <= state.head.size ? [seq] : [])),
  );
  write(CLAIMS, 'claims', rows.claims);
  write(END_MESSAGES, 'ids', rows.endedMessages);
  write(MESSAGES, 'messages', rows.messages);
  for (const { cypher, name, values } of [...overlayStatements(rows.overlays), ...proposalStatements(rows.proposals)])
    write(cypher, name, values);
  await Promise.all(written);
  if (rows.revived.size > 0)
    await reviveEmbeddings(
      statements,
      [...rows.revived].map(({ seq }) => seq),
    );
}

function seriesRows({ rows }: DecidedGroup): Value[] {
  const created = new Map(rows.series.map((row) => [row['id'], row]));
  return [...rows.changedSeries].map(({ id, head, archived, spans }) => ({
    id,
    properties: { ...(created.get(id) ?? {}), head_id: head, archived, spans },
  }));
}

/** As all of the group has left them. */
function capsuleRows(state: GroupState, { rows }: DecidedGroup): Value[] {
  return rows.capsules.map(({ capsule, at, properties }) => ({
    ...{ at, owner_id: properties['owner_id'] as Value, updated_at: capsule.updatedAt },
    properties: { ...properties, ...standing(state, capsule) },
  }));
}

function standingRows(state: GroupState, { rows }: DecidedGroup): Value[] {
  return [...rows.changed]
    .filter(({ seq }) => seq <= state.head.size)
    .map((capsule) => ({
      seq: capsule.seq,
      updated_at: capsule.updatedAt,
      properties: standing(state, capsule),
    }));
}

function standing(state: GroupState, capsule: CapsuleState): Record<string, Value> {
  return {
    trust_level: capsule.trust,
    trust_before: capsule.trustBefore,
    chain_trust: capsule.chainTrust,
    tainted: capsule.tainted,
    warned: capsule.warned,
    retracted: capsule.retracted,
    is_head: capsule.recordedTo === null,
    recorded_to: capsule.recordedTo,
    ...archivedIfKnown(state, capsule.seriesId),
  };
}

/** Whether a capsule's series is archived is written where the group has read it; elsewhere it has not changed. */
function archivedIfKnown(state: GroupState, seriesId: string): { archived?: boolean } {
  const series = state.series.get(seriesId);
  return series === undefined ? {} : { archived: series.archived };
}
