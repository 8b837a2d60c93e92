/**
 * The files that a new overlay begins with.
 * @module
 */

/** Path in the overlay's folder → text. */
export function overlayFiles(id: string): Readonly<Record<string, string>> {
  return {
    'manifest.json': json(manifest(id)),
    'assembly/index.ts': SOURCE,
    // For editors: AssemblyScript's types instead of those of browsers.
    'assembly/tsconfig.json': json({ extends: 'assemblyscript/std/assembly.json', include: ['./**/*.ts'] }),
    'recorded/greets.json': json(RECORDING),
    'README.md': readme(id),
    '.gitignore': 'build/\n',
  };
}

const GREETING = 'Hello';

const manifest = (id: string): object => ({
  abi: 1,
  id,
  name: id.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase()),
  version: '0.1.0',
  description: 'Greets, and counts whom it greeted',
  capabilities: ['DATABASE_READ', 'DATABASE_WRITE'],
  dependencies: [],
  trust_required: 40,
  exports: ['greet', 'health_check'],
  fuel_budget: { greet: 1_000_000, health_check: 100_000 },
  memory_limit_pages: 16,
  deadline_ms: 500,
  config: { greeting: GREETING },
});

const SOURCE = `import {
  JsonWriter,
  configuredText,
  healthy,
  info,
  keepState,
  readJson,
  state,
} from '@forge-cascade/overlay-sdk/guest';
export { ov_alloc, ov_free } from '@forge-cascade/overlay-sdk/guest';

/** \`{"name"}\` → \`{"greeting", "greeted"}\`: a handler, which the manifest lists among its exports. */
export function greet(at: i32, length: i32): i64 {
  const name = readJson(at, length).textOf('name');
  const kept = state('greeted').ok;
  const greeted = (kept === null ? 0 : <i32>kept.number) + 1;
  keepState('greeted', new JsonWriter().int('', greeted));
  info('greeting ' + name);
  const greeting = configuredText('greeting', 'Hello') + ', ' + name;
  return new JsonWriter().open().text('greeting', greeting).int('greeted', greeted).close().result();
}

export function health_check(at: i32, length: i32): i64 {
  return healthy();
}
`;

const kept = (value: number): object => ({
  name: 'db_write',
  request: { op: 'state.put', args: { key: 'greeted', value } },
  reply: { ok: null },
});
const asked = (value: number | null): object => ({
  name: 'db_read',
  request: { op: 'state.get', args: { key: 'greeted' } },
  reply: { ok: value },
});
const configured = { name: 'get_config', request: { key: 'greeting' }, reply: { ok: GREETING } };

const RECORDING = {
  name: 'greets, and counts whom it greeted',
  calls: [
    {
      handler: 'greet',
      input: { name: 'Ada' },
      host: [asked(null), kept(1), configured],
      output: { greeting: `${GREETING}, Ada`, greeted: 1 },
    },
    {
      handler: 'greet',
      input: { name: 'Grace' },
      host: [asked(1), kept(2), configured],
      output: { greeting: `${GREETING}, Grace`, greeted: 2 },
    },
    { handler: 'health_check', input: {}, host: [], output: { healthy: true } },
  ],
};

const readme = (id: string): string => `# ${id}

| handler | input | output |
| --- | --- | --- |
| \`greet\` | \`{"name"}\` | \`{"greeting", "greeted"}\` |

In the folder that holds this one, beside the memory's \`data\`:

    forge overlay build ${id}
    forge overlay test ${id}
    forge overlay install ${id}/build --enable
    forge overlay run ${id} greet --input '{"name": "Ada"}'
`;

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
