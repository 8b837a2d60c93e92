/**
 * The specification's picture of overlays: `Overlay` nodes, and a `TRIGGERED` relationship for each hop of a cascade.
 * The engine reads none of it; it is there for queries of others. What names an overlay that is not stored leaves no mark.
 * @module
 */
import type { EventPayloads } from '@forge-cascade/core/engine';
import type { Value } from '../values.js';

export interface OverlayRows {
  /** By overlay: the last that was told of it. */
  readonly registrations: Map<string, Record<string, Value>>;
  readonly states: Map<string, Record<string, Value>>;
  readonly triggers: Record<string, Value>[];
}

export const noOverlayRows = (): OverlayRows => ({ registrations: new Map(), states: new Map(), triggers: [] });

export function registerOverlay(rows: OverlayRows, id: string, p: EventPayloads['overlay.registered.v1']): void {
  const { name, version, wasm_hash, trust_level, capabilities } = p;
  const properties = { name, version, wasm_hash, trust_level, capabilities, state: 'REGISTERED', activated_at: null };
  rows.registrations.set(id, { id, properties });
  rows.states.delete(id);
}

export function changeOverlayState(
  rows: OverlayRows,
  id: string,
  { state }: EventPayloads['overlay.state_changed.v1'],
  at: number,
): void {
  const before = rows.states.get(id)?.['activated'] ?? null;
  rows.states.set(id, { id, state, activated: state === 'ACTIVE' ? at : before });
}

export function trigger(
  rows: OverlayRows,
  sourceId: string,
  { target_id, event_type, payload }: EventPayloads['cascade.triggered.v1'],
  seq: number,
  at: number,
): void {
  rows.triggers.push({ source: sourceId, target: target_id, event_type, payload: JSON.stringify(payload), seq, at });
}

const REGISTRATIONS = `UNWIND $registrations AS row MERGE (o:Overlay {id: row.id})
  ON CREATE SET o.metrics = '{}' SET o += row.properties`;

const STATES = `UNWIND $states AS row MATCH (o:Overlay {id: row.id}) SET o.state = row.state,
  o.activated_at = CASE WHEN row.activated IS NULL THEN o.activated_at ELSE datetime({epochMillis: row.activated}) END`;

const TRIGGERS = `UNWIND $triggers AS row MATCH (s:Overlay {id: row.source}) MATCH (t:Overlay {id: row.target})
  CREATE (s)-[:TRIGGERED {event_type: row.event_type, payload: row.payload, seq: row.seq,
    timestamp: datetime({epochMillis: row.at})}]->(t)`;

/** Statements in the order that they must be written in, each with its rows. */
export function overlayStatements({ registrations, states, triggers }: OverlayRows) {
  return [
    { cypher: REGISTRATIONS, name: 'registrations', values: [...registrations.values()] },
    { cypher: STATES, name: 'states', values: [...states.values()] },
    { cypher: TRIGGERS, name: 'triggers', values: triggers },
  ];
}
