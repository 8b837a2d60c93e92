/** Locks the end of the ledger and reads what a group's commands are decided by. @module */
import { RELATIONS, trustFlow, type Relation, type Sealing } from '@forge-cascade/core/engine';
import type { Statements } from '../connection.js';
import { bytes, number, type Row, type Value } from '../values.js';
import { link, type CapsuleState } from './capsule-states.js';
import type { GroupNeeds } from './group-needs.js';
import { pairKey, type GroupState, type LedgerHead, type SeriesState } from './group-state.js';

/** Writes in Neo4j wait for each other at this node alone, so they cannot wait in a circle. */
export const LOCK_LEDGER = 'MATCH (l:Ledger {one: 1}) SET l.locked_by = $writer';

/** What is read of the node after it is set is what the last holder of the lock left, and the time is not before that. */
const HEAD = `${LOCK_LEDGER} RETURN l.size AS size, l.timestamp AS timestamp, l.frontier AS frontier,
  l.capsules AS capsules, l.changes AS changes, l.messages AS messages, l.sealed AS sealed,
  datetime.realtime().epochMillis AS now`;

const STATE = `c {.seq, .id, .series_id, .trust_level, .trust_before, .retracted, .chain_trust, .tainted, .warned,
  .recorded_to, updated_at: c.updated_at.epochMillis}`;

/** Revisions of streams, capsules and series with their heads. */
const NAMED = `CALL () { UNWIND $streams AS id MATCH (s:Stream {id: id}) RETURN collect([id, s.revision]) AS streams }
  CALL () { UNWIND $capsules AS id MATCH (c:Capsule {id: id}) RETURN collect(${STATE}) AS capsules }
  CALL () { UNWIND $series AS id MATCH (s:Series {id: id}) MATCH (c:Capsule {id: s.head_id})
    RETURN collect(s {.id, .archived, .spans, head: ${STATE}}) AS series }
  RETURN streams, capsules, series`;

const FLOWING = RELATIONS.filter((relation) => trustFlow(relation) !== 'none');

/** Reads after the lock was taken: what is read stays as it is until the transaction ends. */
export async function readGroup(statements: Statements, needs: GroupNeeds, writer: string): Promise<GroupState> {
  // All of these travel in one message: none of them waits for another's answer.
  const asked = {
    head: statements.run(HEAD, { writer }),
    leases: when(needs.leases, (names) =>
      statements.run('UNWIND $names AS name MATCH (l:Lease {name: name}) RETURN name, l.token AS token', { names }),
    ),
    claims: when(needs.claims, (claims) =>
      statements.run(
        `UNWIND $claims AS asked MATCH (c:Claim {space: asked.space, key: asked.key})
         RETURN c.space AS space, c.key AS key, c.holder AS holder, c.expires_at AS expires_at`,
        { claims },
      ),
    ),
    outbox: when(needs.outbox, (ids) =>
      statements.run('UNWIND $ids AS id MATCH (o:Outbox {id: id}) RETURN id', { ids }),
    ),
    named: statements.run(NAMED, { streams: needs.streams, capsules: needs.capsules, series: needs.series }),
    descendants: when(needs.roots, (ids) =>
      statements.run(
        `UNWIND $ids AS id MATCH (r:Capsule {id: id})<-[e:DERIVED_FROM*1..]-(c:Capsule)
         WHERE all(edge IN e WHERE edge.relation IN $flowing) WITH DISTINCT c RETURN ${STATE} AS capsule`,
        { ids, flowing: FLOWING },
      ),
    ),
    keys: when(needs.keys, (keys) =>
      statements.run(
        `UNWIND $keys AS asked MATCH (s:Series {owner_id: asked.owner, key: asked.key})
         RETURN s.owner_id AS owner, s.key AS key`,
        { keys },
      ),
    ),
  };
  const rows = await inTurn(asked);
  const { streams, series, ...named } = rows.named[0] as unknown as Named;
  const descendants = rows.descendants.map(({ capsule }) => capsule as Row);
  const capsules = new Map<string, CapsuleState>();
  for (const row of [...named.capsules, ...series.map(({ head }) => head), ...descendants]) known(capsules, row);
  const settled = new Set([...needs.roots, ...descendants.map(({ id }) => String(id))]);
  if (needs.roots.length > 0) await linkParents(statements, capsules, settled);
  return {
    head: toHead(rows.head[0]),
    leases: new Map(rows.leases.map(({ name, token }) => [String(name), Number(token)])),
    claims: new Map(
      rows.claims.map((row) => [
        pairKey(String(row['space']), String(row['key'])),
        { holder: String(row['holder']), expiresAt: number(row['expires_at']) },
      ]),
    ),
    revisions: new Map(streams.map(([id, revision]) => [id, Number(revision)])),
    outbox: new Set(rows.outbox.map(({ id }) => String(id))),
    capsules,
    series: new Map(series.map((row) => [row.id, toSeries(row)])),
    keys: new Set(rows.keys.map(({ owner, key }) => pairKey(String(owner), String(key)))),
  };
}

/** What {@link NAMED} gives. */
interface Named {
  readonly streams: readonly (readonly [id: string, revision: Value])[];
  readonly capsules: readonly Row[];
  readonly series: readonly NamedSeries[];
}

interface NamedSeries {
  readonly id: string;
  readonly archived: boolean | null;
  readonly spans: readonly number[] | null;
  readonly head: Row;
}

const NOTHING: Promise<Row[]> = Promise.resolve([]);

function when<T>(needed: readonly T[], ask: (needed: readonly T[]) => Promise<Row[]>): Promise<Row[]> {
  return needed.length === 0 ? NOTHING : ask(needed);
}

/** All answers, or the first failure; none of the others goes unheard. */
async function inTurn<K extends string>(asked: Readonly<Record<K, Promise<Row[]>>>): Promise<Record<K, Row[]>> {
  const pairs = Object.entries<Promise<Row[]>>(asked).map(async ([name, rows]) => [name, await rows] as const);
  return Object.fromEntries(await Promise.all(pairs)) as Record<K, Row[]>;
}

/** Reads the edges of all that may have to be settled, and the standing of what they lead to. */
async function linkParents(
  statements: Statements,
  capsules: Map<string, CapsuleState>,
  settled: ReadonlySet<string>,
): Promise<void> {
  const rows = await statements.run(
    `UNWIND $ids AS id MATCH (child:Capsule {id: id})-[e:DERIVED_FROM]->(c:Capsule)
     RETURN id AS child, e.relation AS relation, ${STATE} AS parent ORDER BY id, e.ord`,
    { ids: [...settled] },
  );
  const parents = new Map<string, { parent: CapsuleState; relation: Relation }[]>();
  for (const row of rows) {
    const edge = { parent: known(capsules, row['parent'] as Row), relation: String(row['relation']) as Relation };
    const child = String(row['child']);
    const edges = parents.get(child);
    if (edges === undefined) parents.set(child, [edge]);
    else edges.push(edge);
  }
  for (const [id, edges] of parents) {
    const child = capsules.get(id);
    if (child !== undefined) link(child, edges);
  }
}

function known(capsules: Map<string, CapsuleState>, row: Row): CapsuleState {
  const id = String(row['id']);
  const before = capsules.get(id);
  if (before !== undefined) return before;
  const capsule: CapsuleState = {
    seq: Number(row['seq']),
    id,
    seriesId: String(row['series_id']),
    trust: Number(row['trust_level']),
    trustBefore: number(row['trust_before']),
    retracted: row['retracted'] === true,
    chainTrust: Number(row['chain_trust']),
    tainted: row['tainted'] === true,
    warned: row['warned'] === true,
    updatedAt: Number(row['updated_at']),
    recordedTo: number(row['recorded_to']),
    parents: [],
    children: [],
  };
  capsules.set(id, capsule);
  return capsule;
}

/** What a ledger's node says of its seal. */
export function sealingIn(stored: Value | undefined): Sealing | null {
  return typeof stored === 'string' ? (JSON.parse(stored) as Sealing) : null;
}

function toHead(row: Row | undefined): LedgerHead {
  if (row === undefined) throw new Error('the ledger has not begun');
  return {
    size: Number(row['size']),
    timestamp: Number(row['timestamp']),
    frontier: bytes(row['frontier']),
    capsules: Number(row['capsules']),
    changes: Number(row['changes']),
    messages: Number(row['messages']),
    sealed: sealingIn(row['sealed']),
    now: Number(row['now']),
  };
}

function toSeries({ id, archived, spans, head }: NamedSeries): SeriesState {
  return { id, head: String(head['id']), archived: archived === true, spans: (spans ?? []).slice() };
}
