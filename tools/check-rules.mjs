// Every numbered rule has a test, and every test that cites a rule cites one that exists.
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const SPEC = 'packages/core/SPEC.md';
const RULE_ID = /^[A-Z]{3}-\d+$/;
const BULLET = /^\s*[-*]\s+\*\*([A-Z]{3}-\d+[^*]*)\*\*/gm;
const CITATION = /\[([A-Z]{3}-\d+)\]/g;
/** `it`, `t.describe` (the contract suite is handed its functions), `it.each(rows)`; not data that merely looks like a citation. */
const TITLED = /^(\w+\.)?(it|test|describe)\b/;
const FOLDERS = ['packages', 'apps', 'overlays', 'bench', 'tools'];

/**
 * Ids of the rules in a specification, in order, with repeated ones repeated.
 *
 * @param {string} spec Markdown with bullets of the form `- **LED-3** text`
 * @returns {string[]} a malformed id comes back as it stands
 */
export const rulesIn = (spec) => [...spec.matchAll(BULLET)].map(([, id = '']) => id);

/**
 * Rule ids cited by the titles of tests in one source file. A title is the literal that opens the arguments of a call,
 * as in `it('[LED-3] …')` and `it.each(rows)('[LED-3] …')`; a test that is skipped or still to do proves nothing.
 *
 * @param {string} source TypeScript
 * @returns {string[]}
 */
export function citationsIn(source) {
  /** @type {string[]} */
  const ids = [];
  const file = ts.createSourceFile('test.ts', source, ts.ScriptTarget.Latest);
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isCallExpression(node)) {
      const callee = node.expression.getText(file);
      const [title] = node.arguments;
      const counts = TITLED.test(callee) && !/\.(skip|todo|skipIf|runIf)\b/.test(callee);
      if (counts && title !== undefined)
        ids.push(...[...literalText(title).matchAll(CITATION)].map(([, id = '']) => id));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return ids;
}

/** @param {ts.Expression} node */
function literalText(node) {
  if (ts.isStringLiteralLike(node)) return node.text;
  return ts.isTemplateExpression(node) ? node.head.text : '';
}

/**
 * @param {string} spec text of the specification
 * @param {ReadonlyMap<string, string>} tests source text by file name
 * @returns {string[]} one sentence for each fault; none when rules and tests agree
 */
export function ruleFaults(spec, tests) {
  const rules = rulesIn(spec);
  const known = new Set(rules);
  const faults = rules.filter((id) => !RULE_ID.test(id)).map((id) => `${SPEC}: "${id}" is not a rule id`);
  for (const id of known) {
    const times = rules.filter((rule) => rule === id).length;
    if (times > 1) faults.push(`${SPEC}: ${id} is numbered ${times} times`);
  }
  const cited = new Set();
  for (const [file, source] of tests) {
    for (const id of new Set(citationsIn(source))) {
      cited.add(id);
      if (!known.has(id)) faults.push(`${file}: cites ${id}, which ${SPEC} does not have`);
    }
  }
  for (const id of known) if (RULE_ID.test(id) && !cited.has(id)) faults.push(`${SPEC}: no test is titled [${id}]`);
  return faults;
}

/** Tests and the contract suite, whose titles run as tests in each engine. @param {string} root */
export async function testSources(root) {
  const sources = new Map();
  for (const folder of FOLDERS) {
    const entries = await readdir(join(root, folder), { withFileTypes: true, recursive: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      const name = relative(root, path).replaceAll('\\', '/');
      if (!entry.isFile() || /(^|\/)(node_modules|dist)\//.test(name)) continue;
      if (!/\.test\.tsx?$/.test(name) && !/^packages\/core\/src\/contract\/.*\.ts$/.test(name)) continue;
      sources.set(name, await readFile(path, 'utf8'));
    }
  }
  return sources;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const spec = await readFile(join(root, SPEC), 'utf8');
  const faults = ruleFaults(spec, await testSources(root));
  for (const fault of faults) console.error(fault);
  console.log(`${rulesIn(spec).length} rules, ${faults.length} faults`);
  if (faults.length > 0) process.exitCode = 1;
}
