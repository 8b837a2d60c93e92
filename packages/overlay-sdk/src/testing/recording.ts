/**
 * Calls of an overlay with what the host answered then: a test that needs no host. The same module, input and answers give
 * the same host calls and output; whatever differs is a finding.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { OverlayFaulty } from '../manifest/overlay-faulty.js';
import type { OverlayManifestJson } from '../manifest/overlay-manifest.js';
import { refusal, type During, type HostAnswer, type HostFunction, type HostReply } from './host-answers.js';
import { OverlayInstance } from './overlay-instance.js';
import type { Sandbox, SandboxedGuest } from './sandbox.js';

export interface RecordedHostCall {
  readonly name: HostFunction;
  readonly request: unknown;
  readonly reply: HostReply;
}

export interface RecordedCall {
  readonly handler: string;
  readonly input: unknown;
  /** In order. */
  readonly host: readonly RecordedHostCall[];
  readonly output: unknown;
}

export interface Recording {
  readonly name: string;
  /** What `initialize` asked. */
  readonly initialize: readonly RecordedHostCall[];
  /** Made in one instance, one after another. */
  readonly calls: readonly RecordedCall[];
}

export interface ReplayedRecording {
  readonly name: string;
  /** Sentences that say where the module did something else; none when it did the same. */
  readonly faults: readonly string[];
  readonly calls: readonly { readonly handler: string; readonly fuel: number | null; readonly hostCalls: number }[];
}

/** @param where names the text in errors. @throws OverlayFaulty `BAD_RECORDING` */
export function readRecording(text: string, where: string): Recording {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new OverlayFaulty('BAD_RECORDING', [`it is no JSON: ${(error as Error).message}`], where);
  }
  const { name, initialize = [], calls } = (value ?? {}) as Partial<Recording>;
  const whole =
    typeof name === 'string' &&
    Array.isArray(initialize) &&
    initialize.every(isHostCall) &&
    Array.isArray(calls) &&
    calls.every((call) => typeof call?.handler === 'string' && (call.host ?? []).every(isHostCall));
  if (!whole) {
    const form =
      '{"name", "initialize"?: […], "calls": [{"handler", "input", "host": [{"name", "request", "reply"}], "output"}]}';
    throw new OverlayFaulty('BAD_RECORDING', [`it must be ${form}`], where);
  }
  return { name, initialize, calls: calls.map((call) => ({ ...call, host: call.host ?? [] })) };
}

/** Makes the calls with a host that answers, and keeps what was said. */
export function recordCalls(
  name: string,
  module: Uint8Array,
  manifest: OverlayManifestJson,
  answer: HostAnswer,
  calls: readonly { readonly handler: string; readonly input: unknown }[],
): Recording {
  const overlay = new OverlayInstance(module, manifest, answer);
  const initialize = overlay.calls.splice(0);
  return {
    name,
    initialize,
    calls: calls.map(({ handler, input }) => {
      const output = overlay.run(handler, input);
      return { handler, input, host: overlay.calls.splice(0), output };
    }),
  };
}

/** Makes the calls again. A call that fails ends the replay; what it failed by is a fault. */
export async function replayRecorded(
  sandbox: Sandbox,
  module: Uint8Array,
  manifest: OverlayManifestJson,
  recording: Recording,
): Promise<ReplayedRecording> {
  const script = new RecordedHost(recording.initialize);
  const replayed: { handler: string; fuel: number | null; hostCalls: number }[] = [];
  let guest: SandboxedGuest | null = null;
  let at = 'initialize';
  try {
    guest = await sandbox.open(module, manifest, script.answer);
    for (const [i, call] of recording.calls.entries()) {
      at = `call ${i + 1} (${call.handler})`;
      script.expect(at, call.host);
      const { output, fuel } = await guest.call(call.handler, JSON.stringify(call.input));
      const hostCalls = script.end();
      replayed.push({ handler: call.handler, fuel, hostCalls });
      const given: unknown = JSON.parse(output);
      if (!isDeepStrictEqual(given, call.output)) {
        script.faults.push(`${at}: the output is ${brief(given)}, and was ${brief(call.output)}`);
      }
    }
    script.endInitialize();
  } catch (error) {
    script.faults.push(`${at}: ${(error as Error).message}`);
  } finally {
    await guest?.close();
  }
  return { name: recording.name, faults: script.faults, calls: replayed };
}

/** Answers as was recorded, and notes what is asked otherwise. */
class RecordedHost {
  readonly faults: string[] = [];
  readonly #queues: Record<During, { readonly at: string; readonly wanted: readonly RecordedHostCall[]; made: number }>;

  constructor(initialize: readonly RecordedHostCall[]) {
    this.#queues = {
      initialize: { at: 'initialize', wanted: initialize, made: 0 },
      call: { at: 'before the first call', wanted: [], made: 0 },
    };
  }

  expect(at: string, wanted: readonly RecordedHostCall[]): void {
    this.#queues.call = { at, wanted, made: 0 };
  }

  /** Host calls that the present call has made. */
  end(): number {
    return this.#ended('call');
  }

  endInitialize(): void {
    this.#ended('initialize');
  }

  readonly answer: HostAnswer = (name, request, during) => {
    const queue = this.#queues[during];
    const wanted = queue.wanted[queue.made++];
    const said = `${queue.at}: host call ${queue.made} is ${name} ${brief(request)}`;
    if (wanted === undefined) {
      this.faults.push(`${said}, and there was none`);
      return refusal('UNAVAILABLE', 'nothing was recorded');
    }
    if (wanted.name !== name || !isDeepStrictEqual(wanted.request, request)) {
      this.faults.push(`${said}, and was ${wanted.name} ${brief(wanted.request)}`);
    }
    return wanted.reply;
  };

  #ended(during: During): number {
    const { at, wanted, made } = this.#queues[during];
    if (made < wanted.length) this.faults.push(`${at}: it made ${made} host calls, and there were ${wanted.length}`);
    return made;
  }
}

const SHOWN = 200;

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function isHostCall(value: unknown): value is RecordedHostCall {
  if (typeof value !== 'object' || value === null) return false;
  const { name, reply } = value as Partial<RecordedHostCall>;
  return typeof name === 'string' && typeof reply === 'object' && reply !== null && ('ok' in reply || 'error' in reply);
}
