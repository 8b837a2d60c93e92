// Who may import whom. Deny by default: an import that matches no line of `allowed` is an error, so a new workspace can
// import nothing internal until it gets a row in TABLE. `tools/import-table.test.ts` proves that each rule bites.
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

/** Workspace → what it may import besides itself and its declared npm packages. A trailing `*` matches any ending. */
const TABLE = {
  'packages/core': [],
  'packages/api': [],
  'packages/overlay-sdk': [],
  'packages/store-*': ['packages/core'],
  'packages/overlay-runtime': ['packages/core', 'packages/overlay-sdk'],
  // Tests alone: what runs in a guest imports nothing but the guest library.
  'overlays/*': ['packages/core', 'packages/overlay-sdk'],
  'apps/web': ['packages/api'],
  'apps/cli': ['packages/api', 'packages/core', 'packages/overlay-sdk', 'packages/overlay-runtime', 'apps/server'],
  'apps/migrate-v1': ['packages/core', 'packages/store-*'],
  'apps/server': ['packages/*'],
};

/** Workspaces that run without Node (a browser, a WebAssembly guest) or without I/O, and the built-ins they may use all the same. */
const BUILT_INS = {
  // `assert` compares answers in the contract suite: no I/O.
  'packages/core': ['crypto', 'assert/strict'],
  'packages/api': [],
  'apps/web': [],
};

/**
 * Inside the core, everything but the outer folders is domain: it knows no engine and no test suite. `memory` (an engine),
 * `contract` (the suite for engines) and `verify` (which replays the ledger through that engine) stand on the domain and
 * may import all of it.
 */
const CORE_OUTER = ['memory', 'contract', 'verify'];

const TEST_FILE = '[.]test[.]tsx?$';
const root = process.cwd();

const pattern = (name) => name.replace(/[*]$/, '[^/]+');
const matches = (name, row) => new RegExp(`^${pattern(row)}$`).test(name);
const rowOf = (table, workspace) => Object.entries(table).find(([row]) => matches(workspace, row))?.[1];
const manifest = (folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));

const workspaces = ['packages', 'apps', 'overlays']
  .filter((group) => existsSync(join(root, group)))
  .flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`))
  .filter((folder) => existsSync(join(root, folder, 'package.json')));

/** Edges that the table permits and the importing package.json declares; npm's hoisting makes undeclared ones work by accident. */
const workspaceEdges = workspaces.flatMap((from) => {
  const { dependencies = {}, devDependencies = {} } = manifest(from);
  return workspaces
    .filter((to) => to !== from && (rowOf(TABLE, from) ?? []).some((row) => matches(to, row)))
    .flatMap((to) => {
      const name = manifest(to).name;
      const path = `^${to}/dist/`;
      if (name in dependencies) return [{ from: { path: `^${from}/` }, to: { path } }];
      return name in devDependencies ? [{ from: { path: `^${from}/.*${TEST_FILE}` }, to: { path } }] : [];
    });
});

// Overlays are no workspaces: their tests, all of them that runs in Node, declare nothing.
const overlayTests = (TABLE['overlays/*'] ?? []).map((to) => ({
  from: { path: `^overlays/[^/]+/.*${TEST_FILE}` },
  to: { path: `^${to}/dist/` },
}));

const testPackages = Object.keys(manifest('.').devDependencies ?? {}).map((name) => name.replace(/^@types[/]/, ''));
const fromTest = { path: TEST_FILE };
const ownPackages = ['npm', 'npm-optional', 'npm-peer', 'npm-bundled'];

module.exports = {
  allowedSeverity: 'error',
  allowed: [
    // Within a workspace. The core's inner direction is among the forbidden ones below.
    { from: { path: '^((?:packages|apps|overlays)/[^/]+)/' }, to: { path: '^$1/' } },
    ...workspaceEdges,
    ...overlayTests,
    { from: { path: '^(packages|apps|overlays)/' }, to: { dependencyTypes: ownPackages } },
    { from: { path: '^(packages|apps|overlays)/' }, to: { dependencyTypes: ['core'] } },
    // Tests may use the root's test packages and their own development packages. The contract suite may not: it is handed
    // its test functions.
    { from: fromTest, to: { path: `^node_modules/(@types/)?(${testPackages.join('|')})/` } },
    { from: fromTest, to: { dependencyTypes: ['npm-dev'] } },
    { from: { path: '^(bench|tools|[^/]+$)' }, to: {} },
  ],
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Files that import each other cannot be read, tested or moved apart. Type-only imports count.',
      severity: 'error',
      from: { path: '^(packages|apps|overlays)/' },
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      comment: 'Missing, or behind the exports map of another package.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-reaching-in',
      comment: 'Another workspace is imported by its package name, never by a path.',
      severity: 'error',
      // The tests of overlays have no manifest to declare a package in; `allowed` says which they may import.
      from: { path: '^((?:packages|apps|overlays)/[^/]+)/', pathNot: `^overlays/.*${TEST_FILE}` },
      to: { path: '^(packages|apps|overlays)/', pathNot: '^$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'no-undeclared-package',
      comment: "Declare it in the workspace's own package.json; npm's hoisting makes it work only by accident.",
      severity: 'error',
      from: { path: '^(packages|apps|overlays)/', pathNot: TEST_FILE },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-dev-package',
      comment: 'A development package is not there when the product runs.',
      severity: 'error',
      from: { path: '^(packages|apps|overlays)/[^/]+/src/', pathNot: TEST_FILE },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-test-code',
      comment: 'Tests and the contract suite are imported by tests alone.',
      severity: 'error',
      from: { path: '^(packages|apps|overlays)/', pathNot: `${TEST_FILE}|^packages/core/src/contract/` },
      to: { path: `${TEST_FILE}|^packages/core/(src|dist)/contract/` },
    },
    {
      name: 'core-domain-knows-no-engine',
      comment:
        'Domain folders import neither the memory engine nor the contract suite; the package index may export the engine.',
      severity: 'error',
      from: {
        path: '^packages/core/src/',
        pathNot: `^packages/core/src/((${CORE_OUTER.join('|')})/|index[.]ts$)|${TEST_FILE}`,
      },
      to: { path: `^packages/core/src/(${CORE_OUTER.join('|')})/` },
    },
    ...Object.entries(BUILT_INS).map(([row, names]) => ({
      name: `no-built-in-in-${row.replace(/[*]$/, 'any').replace('/', '-')}`,
      comment: 'It must run without Node, or without I/O.',
      severity: 'error',
      from: { path: `^${pattern(row)}/src/`, pathNot: TEST_FILE },
      to: { dependencyTypes: ['core'], ...(names.length > 0 && { pathNot: `^(node:)?(${names.join('|')})$` }) },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules|/dist/' },
    // Compiled files, and AssemblyScript, whose compiler sees nothing but the overlay's folder and the guest library.
    exclude: {
      path: '^(packages|apps|overlays)/[^/]+/dist/.*[.](ts|map)$|/assembly/|^overlays/[^/]+/build/|^packages/overlay-sdk/guest/',
    },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
