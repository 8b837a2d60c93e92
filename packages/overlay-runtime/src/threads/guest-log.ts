import { LOG_BYTES, LOG_LINES } from './guest-bounds.js';
import type { LogLine } from './runner-port.js';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** The log of one call: bounded, and saying so where something was left out. */
export class GuestLog {
  #lines: LogLine[] = [];
  #bytes = 0;
  #dropped = 0;

  /** @param level as the guest gave it; unknown ones count as errors */
  add(level: number, text: Buffer): void {
    const room = LOG_BYTES - this.#bytes;
    if (this.#lines.length >= LOG_LINES || text.length > room) {
      this.#dropped++;
      return;
    }
    this.#bytes += text.length;
    this.#lines.push({ level: LEVELS[level] ?? 'error', text: text.toString('utf8') });
  }

  /** Hands over the lines and begins anew. */
  take(): readonly LogLine[] {
    const lines = this.#lines;
    if (this.#dropped > 0)
      lines.push({ level: 'warn', text: `${this.#dropped} further lines did not fit into the log of this call.` });
    this.#lines = [];
    this.#bytes = 0;
    this.#dropped = 0;
    return lines;
  }
}
