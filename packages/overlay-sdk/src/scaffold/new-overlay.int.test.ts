import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildOverlay, readBuilt } from '../build/build-overlay.js';
import { MemoryHost } from '../testing/host-answers.js';
import { readRecording, recordCalls, replayRecorded, type Recording } from '../testing/recording.js';
import { inProcess } from '../testing/sandbox.js';
import { newOverlay } from './new-overlay.js';

describe('a new overlay', () => {
  let folder: string;
  let built: Awaited<ReturnType<typeof readBuilt>>;
  let recording: Recording;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'new-overlay-'));
    await newOverlay(join(folder, 'hello'), 'hello-world');
    built = await readBuilt((await buildOverlay(join(folder, 'hello'))).folder);
    const path = join(folder, 'hello', 'recorded', 'greets.json');
    recording = readRecording(await readFile(path, 'utf8'), path);
  });

  afterAll(async () => rm(folder, { recursive: true }));

  const replay = (changed: Recording) => replayRecorded(inProcess, built.wasm, built.manifest, changed);

  it('[SDK-8] builds, and its test passes', async () => {
    expect(built.manifest.id).toBe('hello_world');
    const { faults, calls } = await replay(recording);
    expect(faults).toEqual([]);
    expect(calls.map(({ handler, hostCalls }) => [handler, hostCalls])).toEqual([
      ['greet', 3],
      ['greet', 3],
      ['health_check', 0],
    ]);
  });

  it('[SDK-8] goes into an empty folder under a name that can be an id', async () => {
    await expect(newOverlay(join(folder, 'hello'), 'other')).rejects.toMatchObject({ code: 'FOLDER_TAKEN' });
    await expect(newOverlay(join(folder, 'new'), 'Über')).rejects.toMatchObject({ code: 'BAD_NAME' });
  });

  it('[SDK-9] a recording made against a host replays, and says where a module does something else', async () => {
    const host = new MemoryHost({ config: { greeting: 'Good day' } });
    const made = recordCalls('made', built.wasm, built.manifest, host.answer, [
      { handler: 'greet', input: { name: 'Ada' } },
      { handler: 'greet', input: { name: 'Ada' } },
    ]);
    expect((await replay(readRecording(JSON.stringify(made), 'made'))).faults).toEqual([]);
    const [first, ...others] = made.calls;
    if (first === undefined) throw new Error('nothing was recorded');
    const changed = (call: object) => replay({ ...made, calls: [{ ...first, ...call }, ...others] });
    expect((await changed({ output: { greeted: 1 } })).faults).toEqual([
      expect.stringMatching(/^call 1 \(greet\): the output is .*Good day, Ada.*, and was \{"greeted":1\}$/),
    ]);
    expect((await changed({ host: first.host.slice(0, 2) })).faults[0]).toMatch(
      /host call 3 is get_config .*and there was none/,
    );
    expect((await changed({ host: [...first.host, ...first.host] })).faults).toEqual([
      'call 1 (greet): it made 3 host calls, and there were 6',
    ]);
    const asked = first.host.map((call) => ({ ...call, request: { other: true } }));
    expect((await changed({ host: asked })).faults[0]).toMatch(
      /host call 1 is db_read .*, and was db_read \{"other":true\}/,
    );
    expect((await changed({ handler: 'leave' })).faults[0]).toMatch(/^call 1 \(leave\): .*no handler leave/);
    expect((await replay({ ...made, initialize: first.host })).faults).toEqual([
      'initialize: it made 0 host calls, and there were 3',
    ]);
  });

  it('[SDK-9] a file that is no recording is refused with the form it needs', () => {
    expect(() => readRecording('{', 'a.json')).toThrow(/a\.json: it is no JSON/);
    expect(() => readRecording('{"name": "x", "calls": [{}]}', 'a.json')).toThrow(/it must be \{"name"/);
  });
});
