/**
 * A runner for tests whose modules are scripts in this process: it keeps an instance per overlay, initialises it, counts fuel
 * and ends in faults as the real one does, but isolates nothing. A module's bytes are the name of its script.
 * @module
 */
import type { HostFunction } from '../overlay/capability.js';
import type { OverlayManifest } from '../overlay/manifest.js';
import type { JsonObject, JsonValue } from '../ledger/json.js';
import { hashOf } from '../overlay/prepared-modules.js';
import type {
  FaultCode,
  HostAnswers,
  OverlayCall,
  OverlayFault,
  OverlayRefused,
  OverlayRun,
  OverlayRunner,
  PreparedModule,
} from '../overlay/runner.js';

export interface ScriptHost {
  /** The memory of the instance. */
  readonly memory: Record<string, JsonValue>;
  /** The reply's `ok`, or the whole reply when it is an error. */
  call(name: HostFunction, request: JsonObject): Promise<JsonValue>;
}

/** Handlers by name. Throw {@link ScriptFault} to end in a fault. */
export type Script = Readonly<Record<string, (input: JsonValue, host: ScriptHost) => Promise<JsonValue> | JsonValue>>;

export class ScriptFault extends Error {
  constructor(readonly code: FaultCode) {
    super(`ended with ${code}`);
  }
}

interface Instance {
  readonly name: string;
  readonly memory: Record<string, JsonValue>;
  served: number;
}

/** Fuel that a call costs whatever it does, and each host call with it. */
const BASE = 10;
const PER_CALL = 1_000;

export class ScriptedRunner implements OverlayRunner {
  /** Ids whose instance was thrown away, in order. */
  readonly discarded: string[] = [];
  readonly #instances = new Map<string, Instance>();
  #named = 0;

  constructor(
    private readonly scripts: Readonly<Record<string, Script>>,
    readonly instrumenter = 'scripted/1',
    private readonly prefix = 'i',
  ) {}

  /** The bytes of a script's module. */
  static module(name: string): Uint8Array {
    return new Uint8Array(Buffer.from(name));
  }

  async prepare(module: Uint8Array, manifest: OverlayManifest): Promise<PreparedModule> {
    const script = this.#script(Buffer.from(module).toString());
    const missing = manifest.exports.find((name) => !Object.hasOwn(script, name));
    if (missing !== undefined) throw refused('missing_export', `it does not export ${missing}`);
    return { sha256: hashOf(module), instrumenter: this.instrumenter, imports: [], exports: Object.keys(script) };
  }

  async run(id: string, module: PreparedModule, manifest: OverlayManifest, call: OverlayCall): Promise<OverlayRun> {
    const name =
      Object.keys(this.scripts).find((known) => hashOf(ScriptedRunner.module(known)) === module.sha256) ?? '';
    const script = this.#script(name);
    const fresh = !this.#instances.has(id);
    const instance = this.#instances.get(id) ?? { name: `${this.prefix}${++this.#named}`, memory: {}, served: 0 };
    this.#instances.set(id, instance);
    const counted = { calls: 0 };
    const ordinal = instance.served++;
    try {
      if (fresh && manifest.exports.includes('initialize')) {
        const host = hostOf(instance, call.host, 'initialize', counted);
        await script['initialize']?.({ config: manifest.config }, host);
      }
      const host = hostOf(instance, call.host, 'call', counted);
      if (call.signal?.aborted === true) throw new ScriptFault('cancelled');
      const output = await script[call.handler]?.(JSON.parse(call.input) as JsonValue, host);
      const text = JSON.stringify(output ?? null);
      const fuel = BASE + PER_CALL * counted.calls + call.input.length + text.length;
      return { output: text, fuel, hostCalls: counted.calls, logs: [], instance: instance.name, ordinal };
    } catch (error) {
      if (!(error instanceof ScriptFault)) throw error;
      this.#instances.delete(id);
      throw fault(error, BASE + PER_CALL * counted.calls, counted.calls, instance.name, ordinal);
    }
  }

  async discard(id: string): Promise<void> {
    this.#instances.delete(id);
    this.discarded.push(id);
  }

  async close(): Promise<void> {
    this.#instances.clear();
  }

  #script(name: string): Script {
    const script = Object.hasOwn(this.scripts, name) ? this.scripts[name] : undefined;
    if (script === undefined) throw refused('not_a_module', `there is no script ${name}`);
    return script;
  }
}

function hostOf(
  { memory }: Instance,
  answers: HostAnswers,
  during: 'initialize' | 'call',
  counted: { calls: number },
): ScriptHost {
  return {
    memory,
    call: async (name, request) => {
      counted.calls++;
      const reply = JSON.parse(await answers(name, JSON.stringify(request), during)) as JsonObject;
      return 'error' in reply ? reply : (reply['ok'] ?? null);
    },
  };
}

function fault({ code, message }: ScriptFault, fuel: number, hostCalls: number, instance: string, ordinal: number) {
  const fields = { name: 'OverlayFault' as const, code, fuel, hostCalls, logs: [], instance, ordinal };
  return Object.assign(new Error(message), fields) satisfies OverlayFault;
}

function refused(code: string, message: string): OverlayRefused {
  return Object.assign(new Error(message), { name: 'OverlayRefused' as const, code });
}
