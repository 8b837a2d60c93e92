/** What no manifest can change (docs/overlays/abi.md, "Bounds" and "What it costs"). */

/** Bytes of an input, a result, a request or a reply. */
export const TEXT_BYTES = 1_048_576;
/** Host calls of one call; `log` has bounds of its own. */
export const HOST_CALLS = 256;
export const LOG_LINES = 64;
/** Bytes of all log lines of one call. */
export const LOG_BYTES = 16_384;
/** Fuel of one host call, `log` included, and of each byte of its request and its reply. */
export const HOST_CALL_FUEL = 1_000;
export const HOST_BYTE_FUEL = 2;
/** Fuel of an export that the manifest gives no budget. */
export const DEFAULT_FUEL = 5_000_000;
/** The most that a budget can be: counts cross threads as 32-bit integers. */
export const MOST_FUEL = 2_147_483_647;
export const PAGE_BYTES = 65_536;
