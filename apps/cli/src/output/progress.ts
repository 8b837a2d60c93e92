/**
 * Progress on standard error: a bar that redraws itself on a terminal, a plain line now and then elsewhere. Nothing for
 * the first second, so that quick work stays quiet.
 * @module
 */
import type { Terminal } from './terminal.js';

export interface Progress {
  /** Begins the next stage; the bar starts anew. */
  stage(label: string, total: number): void;
  advanceTo(done: number): void;
  /** Clears the bar. */
  end(): void;
}

const QUIET_MS = 1_000;
const REDRAW_MS = 100;
const LINE_MS = 5_000;
const BAR = 28;

export function createProgress(terminal: Terminal, now: () => number = () => performance.now()): Progress {
  const started = now();
  let label = '';
  let total = 0;
  let last = terminal.interactive ? started : started - LINE_MS + QUIET_MS;
  let drawn = false;
  return {
    stage(next, size) {
      label = next;
      total = size;
    },
    advanceTo(done) {
      const at = now();
      if (at - started < QUIET_MS || at - last < (terminal.interactive ? REDRAW_MS : LINE_MS)) return;
      last = at;
      const share = total === 0 ? 1 : Math.min(1, done / total);
      const count = `${done}/${total}`;
      if (!terminal.interactive) return terminal.err(`${label} ${count}\n`);
      const filled = Math.round(share * BAR);
      terminal.err(
        `\r\u001b[K${label} ${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} ${Math.floor(share * 100)} %  ${count}`,
      );
      drawn = true;
    },
    end() {
      if (drawn) terminal.err('\r\u001b[K');
      drawn = false;
    },
  };
}
