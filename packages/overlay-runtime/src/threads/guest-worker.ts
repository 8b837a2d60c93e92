/**
 * The thread of one guest. It never returns to its event loop: it sleeps in the shared area, serves a call, and sleeps
 * again, until it is ended from outside. Guests get nothing of it but the functions that were granted.
 * @module
 */
import { receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { GuestChannel, type TakenCall } from './guest-channel.js';
import { GuestInstance, thrownFault, type PlacedResult } from './guest-instance.js';
import { GuestLog } from './guest-log.js';
import type { GuestSetup } from './guest-setup.js';
import type { Initialized } from './runner-port.js';
import { DONE, FAULTED, viewArea } from './shared-area.js';

const { area, port } = workerData as { readonly area: SharedArrayBuffer; readonly port: MessagePort };
const channel = new GuestChannel(viewArea(area));
const log = new GuestLog();
let setup: GuestSetup | null = null;
let instance: GuestInstance | null = null;

for (;;) serve(channel.takeCall());

function serve(call: TakenCall): void {
  channel.begin();
  let initialized: Initialized | null = null;
  try {
    if (instance === null) {
      instance = new GuestInstance(told(), channel, log);
      if (instance.initialize()) initialized = { fuel: instance.used, hostCalls: instance.hostCalls };
      channel.begin();
    }
    const result = instance.run(call.handler, channel.inputs, call.offset, call.length);
    give(result, instance, initialized);
  } catch (thrown) {
    giveFault(thrown, initialized);
  }
}

/** The result is copied out before the guest is told that its room is free, and known only after that went well. */
function give(result: PlacedResult, from: GuestInstance, initialized: Initialized | null): void {
  const at = channel.placeOutput(result.bytes, result.start, result.length);
  from.finish();
  const notes = notesOf(initialized);
  const { used: fuel, hostCalls } = from;
  channel.give(at, result.length, { status: DONE, fuel, hostCalls, ordinal: from.ordinal - 1, notes });
}

/** A guest that was ended is thrown away with its memory. */
function giveFault(thrown: unknown, initialized: Initialized | null): void {
  const ended = instance;
  instance = null;
  const { code, message } = ended === null ? thrownFault(thrown) : ended.faultOf(thrown);
  const output = Buffer.from(JSON.stringify({ code, message: message.slice(0, 1_000) }));
  const notes = notesOf(initialized);
  const at = channel.placeOutput(output, 0, output.length);
  channel.give(at, output.length, {
    status: FAULTED,
    fuel: ended?.used ?? 0,
    hostCalls: ended?.hostCalls ?? 0,
    ordinal: ended?.ordinal ?? 0,
    notes,
  });
}

/** JSON of `{ logs, initialized }`, or empty when there is nothing to say. */
function notesOf(initialized: Initialized | null): string {
  const logs = log.take();
  return logs.length === 0 && initialized === null ? '' : JSON.stringify({ logs, initialized });
}

function told(): GuestSetup {
  setup ??= (receiveMessageOnPort(port) as { readonly message: GuestSetup } | undefined)?.message ?? null;
  if (setup === null) throw new Error('the thread was given a call before it was told what to run');
  return setup;
}
