export {
  MemoryHost,
  refusal,
  type During,
  type HostAnswer,
  type HostFunction,
  type HostReply,
  type MemoryHostOptions,
  type Operations,
  type PublishedEvent,
} from './host-answers.js';
export { OverlayInstance, type GuestLog, type HostCall } from './overlay-instance.js';
export { inProcess, type Sandbox, type SandboxedGuest, type SandboxedRun } from './sandbox.js';
export {
  readRecording,
  recordCalls,
  replayRecorded,
  type Recording,
  type RecordedCall,
  type ReplayedRecording,
} from './recording.js';
export { openOverlay } from './open-overlay.js';
