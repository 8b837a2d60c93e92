/**
 * What the importer's steps hand to each other: discover → parse → plan → execute. All but the first and the last are
 * pure, so a plan can be shown, compared and tested without a server.
 * @module
 */
import type { CapsuleType, JsonObject, Relation } from '@forge-cascade/core';

export const DOCUMENT_FORMATS = ['markdown', 'rst', 'text', 'jsonl'] as const;

export type DocumentFormat = (typeof DOCUMENT_FORMATS)[number];

/** A file found under the root, not yet read. */
export interface SourceFile {
  /** Slash-separated, relative to the root. */
  readonly path: string;
  readonly absolutePath: string;
  readonly format: DocumentFormat;
  readonly bytes: number;
}

/**
 * - `failed`: this was not imported.
 * - `warning`: it was imported, but something about it could not be honoured.
 */
export type ProblemSeverity = 'failed' | 'warning';

/** One thing the importer could not do, and why. */
export interface ImportProblem {
  readonly path: string;
  /** 1-based, where the format has lines that stand alone. */
  readonly line: number | null;
  readonly severity: ProblemSeverity;
  readonly reason: string;
}

/** How a document names another one. */
export interface Reference {
  /** `number` is looked up among documents of the same numbering (PEP 345), `any` by every way in turn. */
  readonly by: 'id' | 'key' | 'path' | 'number' | 'any';
  readonly text: string;
}

/** A relation as its author wrote it. */
export interface StatedRelation {
  /** `target` for "this rests on the other", `source` for "the other rests on this" (superseded by). */
  readonly other: 'target' | 'source';
  readonly reference: Reference;
  readonly relation: Relation;
  readonly reason: string | null;
  /** The words it was stated in, such as `Replaces: 345`. */
  readonly stated: string;
}

/** A document's place in a numbered series such as PEPs or ADRs. */
export interface DocumentNumber {
  /** Upper case, such as `PEP`. */
  readonly scheme: string;
  readonly value: number;
}

/** A heading and everything below it up to the next one of its level. */
export interface Section {
  readonly title: string;
  /** The text between this heading and the first one below it, without the heading itself. */
  readonly text: string;
  /** This section as it stands in the source, heading and subsections included. */
  readonly whole: string;
  readonly children: readonly Section[];
}

/** A file, or one line of a JSONL file, after parsing. */
export interface ParsedDocument {
  readonly path: string;
  readonly line: number | null;
  readonly format: DocumentFormat;
  /** The key the author gave it, used as it is. */
  readonly key: string | null;
  readonly title: string | null;
  /** `PEP 343`, `ADR-0003`: stands before the title. */
  readonly shortName: string | null;
  readonly number: DocumentNumber | null;
  readonly type: CapsuleType;
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
  readonly content: string;
  /** Text before the first section; equals `content` when there are no sections. */
  readonly preamble: string;
  readonly sections: readonly Section[];
  /** Null: the folder decides. */
  readonly collection: string | null;
  readonly position: number | null;
  readonly validFrom: string | null;
  readonly validTo: string | null;
  readonly relations: readonly StatedRelation[];
}

export interface ParseResult {
  readonly documents: readonly ParsedDocument[];
  readonly problems: readonly ImportProblem[];
}
