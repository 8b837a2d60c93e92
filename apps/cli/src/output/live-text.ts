/**
 * Text that appears while it is made, wrapped at the width of the terminal.
 * @module
 */
import { printable, widthOf } from './paint.js';
import type { Terminal } from './terminal.js';

export class LiveText {
  #column = 0;

  /** @param style makes a word ready to be seen; it must not change its width. */
  constructor(
    private readonly terminal: Terminal,
    private readonly columns: number,
    private readonly style: (word: string) => string = (word) => word,
  ) {}

  /** Nothing, or the line that was written to is ended. */
  get atLineStart(): boolean {
    return this.#column === 0;
  }

  write(text: string): void {
    let out = '';
    for (const [part] of printable(text).matchAll(/\n| +|[^ \n]+/g)) {
      const width = widthOf(part);
      if (part === '\n') {
        out += part;
        this.#column = 0;
      } else if (part.startsWith(' ')) {
        if (this.#column > 0) out += ' ';
        this.#column += this.#column > 0 ? 1 : 0;
      } else {
        if (this.#column > 0 && this.#column + width > this.columns) {
          out += '\n';
          this.#column = 0;
        }
        out += this.style(part);
        this.#column += width;
      }
    }
    if (out !== '') this.terminal.out(out);
  }

  endLine(): void {
    if (!this.atLineStart) this.terminal.out('\n');
    this.#column = 0;
  }
}
