/**
 * Documents, questions, and what people judged relevant: the material of an evaluation.
 * @module
 */
import type { Judged } from './metrics.js';

/** The files of a set, in its folder. */
export const SET_FILES = ['docs.jsonl', 'queries.jsonl', 'qrels.jsonl'] as const;
export type SetFile = (typeof SET_FILES)[number];

export interface SetDocument {
  readonly id: string;
  readonly title: string | null;
  readonly text: string;
  /** What a question of the same group is asked of; null: everything. */
  readonly group: string | null;
  /** A part of the group, in which turns follow each other. */
  readonly session: string | null;
  readonly turn: number | null;
  /** 1-based, in docs.jsonl. */
  readonly line: number;
}

export interface SetQuery {
  readonly id: string;
  readonly text: string;
  readonly group: string | null;
  /** Results are also given by category. */
  readonly category: string | null;
}

export interface EvaluationSet {
  readonly documents: readonly SetDocument[];
  readonly queries: readonly SetQuery[];
  /** Query → what was judged relevant to it; never empty. */
  readonly judgements: ReadonlyMap<string, Judged>;
}

/** What is wrong with a line, or merely noteworthy about it. */
export interface SetFault {
  readonly file: SetFile;
  /** 1-based; null for the file as a whole. */
  readonly line: number | null;
  readonly reason: string;
}

export interface ParsedSet {
  readonly set: EvaluationSet;
  /** Lines that cannot be used. The set lacks them, and nobody should measure by it. */
  readonly faults: readonly SetFault[];
  /** Judgements about documents that are not there: they count as never found. */
  readonly unknown: readonly SetFault[];
  /** Judgements about queries that are not there: nobody can ask these, so they are not scored. */
  readonly unasked: readonly SetFault[];
}
