export {
  MemoryHost,
  refusal,
  type HostAnswer,
  type HostFunction,
  type HostReply,
  type MemoryHostOptions,
  type Operations,
  type PublishedEvent,
} from './host-answers.js';
export { OverlayInstance, type GuestLog, type HostCall } from './overlay-instance.js';
export { openOverlay } from './open-overlay.js';
