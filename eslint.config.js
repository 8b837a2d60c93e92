import { basename } from 'node:path';
import { defineConfig } from 'eslint/config';
import { builtinRules } from 'eslint/use-at-your-own-risk';
import tseslint from 'typescript-eslint';

/**
 * Exemptions from any rule below. There is no other way to get one (inline comments are switched off), and each entry
 * names the decision record that allows it: `{ adr: 'docs/adr/….md', files: […], rules: { … } }`.
 */
const exemptions = [];

/** What ESLint itself recommends, read from its rules: the package that lists them is not among ours. */
const recommended = Object.fromEntries(
  [...builtinRules].filter(([, rule]) => rule.meta?.docs?.recommended === true).map(([name]) => [name, 'error']),
);
if (Object.keys(recommended).length < 50) throw new Error('ESLint no longer marks its recommended rules this way.');

const VAGUE = new Set(['common', 'helper', 'helpers', 'manager', 'misc', 'util', 'utils']);

/** File names are kebab-case and say what is inside; no package offers exactly this, and it is ten lines. */
const fileName = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: {
      kebab: '{{name}}: file names are kebab-case.',
      vague: '{{name}}: name the file after what is inside, not "{{word}}".',
    },
  },
  create: (context) => ({
    Program(node) {
      const name = basename(context.filename);
      const [stem = ''] = name.split('.');
      if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem)) context.report({ node, messageId: 'kebab', data: { name } });
      const word = stem.split('-').find((part) => VAGUE.has(part));
      if (word !== undefined) context.report({ node, messageId: 'vague', data: { name, word } });
    },
  }),
};

const CONFIG_FILES = ['*.config.{js,ts}', '**/*.config.{js,ts}'];
const TESTS = ['**/*.test.{ts,tsx}', 'packages/core/src/contract/**/*.ts'];

const noInstanceofDomainError = {
  selector: "BinaryExpression[operator='instanceof'][right.name='DomainError']",
  message: 'Compare `code`: an error that crossed a thread is no longer an instance.',
};
const noSkippedTest = [
  {
    selector:
      'CallExpression > MemberExpression.callee[object.name=/^(it|test|describe|suite)$/][property.name=/^(skip|only|todo|skipIf|runIf|fails)$/]',
    message: 'A test runs, or it is not there.',
  },
  {
    selector: 'CallExpression[callee.name=/^(xit|xtest|xdescribe|fit|fdescribe)$/]',
    message: 'A test runs, or it is not there.',
  },
];

export default defineConfig(
  { ignores: ['**/dist/**', '**/node_modules/**', 'reports/**', 'coverage/**', 'data/**', '.cache/**'] },
  // AssemblyScript, which its own compiler checks (docs/adr/0007-exact-vector-scan.md).
  { ignores: ['packages/core/src/search/*/kernel/**', 'bench/overlay/kernel/**'] },
  { ignores: ['packages/core/src/search/*/kernel/**', 'packages/overlay-sdk/guest/**', '**/assembly/**'] },
  { ignores: ['overlays/*/build/**'] },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  { rules: recommended },
  {
    files: ['**/*.{js,mjs,cjs,ts,tsx}'],
    plugins: { forge: { rules: { 'file-name': fileName } } },
    languageOptions: {
      globals: Object.fromEntries(
        ['process', 'console', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Buffer']
          .concat(['URL', 'fetch', 'AbortController', 'AbortSignal', 'require', 'module'])
          .map((name) => [name, 'readonly']),
      ),
    },
    rules: {
      'forge/file-name': 'error',
      // Control characters are a subject of this project: it refuses them at every boundary.
      'no-control-regex': 'off',
      eqeqeq: ['error', 'always'],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } }],
      'no-restricted-syntax': ['error', noInstanceofDomainError],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'start' }],
      'no-unused-vars': ['error', { caughtErrors: 'none', argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { project: ['./tsconfig.tests.json'], tsconfigRootDir: import.meta.dirname } },
    rules: {
      // The compiler reports these, with the same exceptions everywhere.
      '@typescript-eslint/no-unused-vars': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      // `Refusal` is thrown without a stack inside the hot loop of one file, and never leaves it.
      '@typescript-eslint/only-throw-error': [
        'error',
        { allow: [{ from: 'file', name: 'Refusal' }], allowThrowingUnknown: true },
      ],
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  { files: TESTS, rules: { 'no-restricted-syntax': ['error', noInstanceofDomainError, ...noSkippedTest] } },
  { files: CONFIG_FILES, rules: { 'no-restricted-exports': 'off' } },
  ...exemptions.map(({ files, rules }) => ({ files, rules })),
);
