/** What an overlay in AssemblyScript is written with: `import { … } from '@forge-cascade/overlay-sdk/guest'`. */
export { ov_alloc, ov_free } from './abi';
export { Json, Kind, jsonFault, readJson, sameText, tryReadJson } from './json';
export { JsonWriter } from './json-writer';
export { debug, info, warn, failure } from './log';
export { Reply } from './reply';
export { configured, configuredNumber, configuredText, configuredFlag } from './config';
export { Direction, Search, capsule, lineage, read, search, similar } from './capsules';
export { NewCapsule, Signal, addVersion, createCapsule, draftProposal, giveSignal, write } from './writing';
export { keepState, state } from './state';
export { Event, publish, publishEvent, readEvent, subscribe } from './events';
export { fetchText, HttpRequest } from './http';
export { healthy, unhealthy } from './health';
