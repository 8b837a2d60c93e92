/**
 * Documents from texts, for tests.
 * @module
 */
import { extname } from 'node:path/posix';
import type { ImportPlan, PlannedCapsule } from './import-plan.js';
import { parseFile } from './parse-file.js';
import { planImport, type PlanOptions } from './plan-import.js';
import type { DocumentFormat, ImportProblem, ParsedDocument, ParseResult } from './source-document.js';

const FORMATS: Readonly<Record<string, DocumentFormat>> = {
  '.md': 'markdown',
  '.rst': 'rst',
  '.txt': 'text',
  '.jsonl': 'jsonl',
};

export function givenFile(path: string, text: string): ParseResult {
  return parseFile({ path, format: FORMATS[extname(path)] ?? 'text' }, new TextEncoder().encode(text));
}

/** The one document a text holds. @throws when it holds none or several. */
export function givenDocument(path: string, text: string): ParsedDocument {
  const { documents, problems } = givenFile(path, text);
  const [only] = documents;
  if (only === undefined || documents.length > 1)
    throw new Error(`${documents.length} documents: ${JSON.stringify(problems)}`);
  return only;
}

export interface GivenPlan extends ImportPlan {
  /** Of parsing and planning. */
  readonly problems: readonly ImportProblem[];
  readonly capsules: readonly PlannedCapsule[];
  /** The capsule of the document at `path`. @throws when there is none. */
  at(path: string): PlannedCapsule;
  /** `child < relation < parent` per edge between documents, sorted; paths for keys. */
  readonly edges: readonly string[];
}

/** Parses and plans files given as path → text. */
export function givenPlan(files: Readonly<Record<string, string>>, options: Partial<PlanOptions> = {}): GivenPlan {
  const parsed = Object.entries(files).map(([path, text]) => givenFile(path, text));
  const plan = planImport(
    parsed.flatMap(({ documents }) => documents),
    { rootName: 'root', ...options },
  );
  const capsules = plan.levels.flat();
  const named = (key: string): string => key.replace(/^root\//, '');
  return {
    ...plan,
    problems: [...parsed.flatMap(({ problems }) => problems), ...plan.problems],
    capsules,
    at(path) {
      const found = capsules.find(({ key }) => named(key) === path);
      if (found === undefined) throw new Error(`no capsule at ${path}`);
      return found;
    },
    edges: capsules
      .filter(({ sectionOf }) => sectionOf === null)
      .flatMap(({ key, derivedFrom }) =>
        derivedFrom.map(
          ({ parent, relation }) => `${named(key)} < ${relation} < ${'key' in parent ? named(parent.key) : parent.id}`,
        ),
      )
      .sort(),
  };
}
