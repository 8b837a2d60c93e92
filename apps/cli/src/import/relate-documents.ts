/**
 * From what documents state about each other to edges of the lineage, and to what could not become one.
 * @module
 */
import { trustFlow, type Relation } from '@forge-cascade/core';
import { edgesOnCycles } from './dependency-order.js';
import type { ExistingSeries, PlannedDerivation, UnresolvedReason } from './import-plan.js';
import { indexReferences, type Referable } from './references.js';
import type { ImportProblem, ParsedDocument, StatedRelation } from './source-document.js';

export interface KeyedDocument {
  readonly key: string;
  readonly document: ParsedDocument;
}

export interface UnresolvedRelation {
  readonly relation: Relation;
  readonly stated: string;
  readonly why: UnresolvedReason;
}

export interface RelatedDocuments {
  /** By the key of the child. */
  readonly derivations: ReadonlyMap<string, readonly PlannedDerivation[]>;
  readonly unresolved: ReadonlyMap<string, readonly UnresolvedRelation[]>;
  readonly problems: readonly ImportProblem[];
  /** Edges between documents of this import, for ordering. */
  readonly edges: readonly { readonly child: string; readonly parent: string }[];
}

interface StatedEdge {
  readonly child: string;
  readonly parent: string;
  readonly statement: StatedRelation;
  /** Who stated it. */
  readonly source: KeyedDocument;
}

export function relateDocuments(
  documents: readonly KeyedDocument[],
  /** Null when the memory was not looked at. */
  existing: readonly ExistingSeries[] | null,
  rootName: string,
): RelatedDocuments {
  const relating = new Relating(documents, existing, rootName);
  for (const source of documents) for (const statement of source.document.relations) relating.state(source, statement);
  return relating.finish();
}

class Relating {
  private readonly own: ReadonlySet<string>;
  private readonly referable: (document: KeyedDocument) => Referable;
  private readonly index: ReturnType<typeof indexReferences>;
  private readonly edges = new Map<string, StatedEdge>();
  private readonly derivations = new Map<string, PlannedDerivation[]>();
  private readonly unresolved = new Map<string, UnresolvedRelation[]>();
  private readonly problems: ImportProblem[] = [];

  /** Without the memory nobody can tell what is nowhere. */
  private readonly complete: boolean;

  constructor(documents: readonly KeyedDocument[], known: readonly ExistingSeries[] | null, rootName: string) {
    this.complete = known !== null;
    const existing = known ?? [];
    this.own = new Set(documents.map(({ key }) => key));
    const ids = new Map(existing.map(({ key, seriesId }) => [key, seriesId]));
    this.referable = (one) => asOwnReferable(one, ids.get(one.key) ?? null);
    const before = existing.filter(({ key }) => !this.own.has(key)).map((series) => asReferable(series, rootName));
    this.index = indexReferences([...documents.map(this.referable), ...before]);
  }

  state(source: KeyedDocument, statement: StatedRelation): void {
    const found = this.index.resolve(this.referable(source), statement.reference);
    if (found.outcome === 'dangling') {
      const words = this.complete
        ? 'names nothing that is here; kept as metadata'
        : 'names nothing in these files; the memory was not looked at';
      return this.leaveOut(source, statement, 'dangling', words);
    }
    if (found.outcome === 'ambiguous') {
      const some = found.candidates.slice(0, 3).join(', ');
      return this.leaveOut(
        source,
        statement,
        'ambiguous',
        `could mean any of ${found.candidates.length}: ${some}; kept as metadata`,
      );
    }
    if (found.outcome === 'id') {
      if (statement.other === 'target') {
        const { relation, stated } = statement;
        if (!this.complete) this.warn(source, `${stated}: may name something in the memory, which was not looked at`);
        return this.derive(source.key, { parent: { id: found.id }, relation, reason: reasonOf(statement), stated });
      }
      return this.leaveOut(
        source,
        statement,
        'not imported',
        'what it names is not part of this import; kept as metadata',
      );
    }
    if (found.key === source.key)
      return this.leaveOut(source, statement, 'self', 'names the document itself; kept as metadata');
    const [child, parent] = statement.other === 'target' ? [source.key, found.key] : [found.key, source.key];
    // The newer document is not rewritten by importing the older one alone; the statement stays in the metadata.
    if (!this.own.has(child))
      return this.warn(source, `${statement.stated}: ${child} is not part of this import, so nothing was linked`);
    const name = `${child}\n${parent}`;
    const before = this.edges.get(name);
    const edge = { child, parent, statement, source };
    if (before === undefined || prefers(edge, before)) this.edges.set(name, edge);
  }

  finish(): RelatedDocuments {
    const edges = [...this.edges.values()].sort(byChildThenParent);
    const cyclic = edgesOnCycles(edges);
    for (const edge of edges) {
      const { child, parent, statement, source } = edge;
      if (cyclic.has(edge)) {
        this.leaveOut(
          source,
          statement,
          'cycle',
          `${child} and ${parent} would each rest on the other; kept as metadata`,
        );
        continue;
      }
      const by = source.key === child ? '' : ` (stated by ${parent})`;
      const reason = `${reasonOf(statement)}${by}`;
      this.derive(child, {
        parent: { key: parent },
        relation: statement.relation,
        reason,
        stated: statement.stated + by,
      });
    }
    return {
      derivations: this.derivations,
      unresolved: this.unresolved,
      problems: this.problems,
      edges: edges.filter((edge) => !cyclic.has(edge)),
    };
  }

  private derive(child: string, derivation: PlannedDerivation): void {
    const { parent } = derivation;
    const list = this.derivations.get(child) ?? [];
    const repeated = 'id' in parent && list.some((one) => 'id' in one.parent && one.parent.id === parent.id);
    if (!repeated) list.push(derivation);
    this.derivations.set(child, list);
  }

  private leaveOut(source: KeyedDocument, statement: StatedRelation, why: UnresolvedReason, words: string): void {
    const list = this.unresolved.get(source.key) ?? [];
    list.push({ relation: statement.relation, stated: statement.stated, why });
    this.unresolved.set(source.key, list);
    this.warn(source, `${statement.stated}: ${words}`);
  }

  private warn({ document: { path, line } }: KeyedDocument, reason: string): void {
    this.problems.push({ path, line, severity: 'warning', reason });
  }
}

function reasonOf(statement: StatedRelation): string {
  return statement.reason ?? statement.stated;
}

/**
 * One edge per pair. Where two statements differ, the one under which less trust can hide wins: `fork` before
 * `citation` before `refutes`; then the newer document's own word.
 */
function prefers(a: StatedEdge, b: StatedEdge): boolean {
  const order = ['carries', 'warns', 'none'];
  const strength = (edge: StatedEdge): number => order.indexOf(trustFlow(edge.statement.relation));
  if (strength(a) !== strength(b)) return strength(a) < strength(b);
  return a.source.key === a.child && b.source.key !== b.child;
}

function byChildThenParent(a: StatedEdge, b: StatedEdge): number {
  if (a.child !== b.child) return a.child < b.child ? -1 : 1;
  return a.parent < b.parent ? -1 : 1;
}

function asOwnReferable({ key, document }: KeyedDocument, seriesId: string | null): Referable {
  return { seriesId, key, path: document.format === 'jsonl' ? null : document.path, number: document.number };
}

/** A document of an earlier import can be named by its path and by the number its title opens with. */
function asReferable({ seriesId, key, title }: ExistingSeries, rootName: string): Referable {
  const named = /^([A-Z]{2,8})[ -]0*(\d{1,9}):/.exec(title ?? '');
  return {
    seriesId,
    key,
    path: key.startsWith(`${rootName}/`) && !key.includes('#') ? key.slice(rootName.length + 1) : null,
    number: named === null || key.includes('#') ? null : { scheme: named[1] ?? '', value: Number(named[2]) },
  };
}
