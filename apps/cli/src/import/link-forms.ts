/**
 * The many ways of writing a link, brought to one: `[text](path)`. Who reads relations then knows that one alone.
 * @module
 */

const WIKI = /\[\[([^[\]|\n]{1,300})(?:\|([^[\]|\n]{0,300}))?\]\]/g;

/** Only paths of what can be imported: anything else in angle brackets is markup. In reStructuredText it is a link's end. */
const AUTOLINK = /(?<![(`\w])<([^\s<>:@()]{1,300}\.(?:md|markdown|rst|txt)(?:#[^\s<>()]{0,200})?)>(?!`)/gi;

const DEFINITION = /^ {0,3}\[([^[\]^\n][^[\]\n]{0,300})\]:[ \t]*<?([^\s<>]{1,2000})>?/;

/** `[text][label]`, `[text][]` and `[label]`. */
const BY_LABEL = /\[([^[\]\n]{1,300})\](?:\[([^[\]\n]{0,300})\])?(?![(:[])/g;

/** @param lines those outside fenced code */
export function withInlineLinks(lines: readonly string[]): string[] {
  const targets = new Map<string, string>();
  for (const line of lines) {
    const [, label, target = ''] = DEFINITION.exec(line) ?? [];
    if (label !== undefined && !targets.has(labelOf(label))) targets.set(labelOf(label), target);
  }
  return lines.map((line) => {
    const inline = line
      .replace(WIKI, (_, name: string, text?: string) => link(text ?? name, name))
      .replace(AUTOLINK, (_, path: string) => link(path, path));
    if (targets.size === 0) return inline;
    return inline.replace(BY_LABEL, (written, text: string, label?: string) => {
      const target = targets.get(labelOf(label === undefined || label === '' ? text : label));
      return target === undefined ? written : link(text, target);
    });
  });
}

/** What a text that is one link and nothing else leads to; null for any other text and for links to other sites. */
export function soleLink(text: string): string | null {
  const target = /^\[[^[\]]*\]\(<?([^()<>\s]+)>?[^()]*\)$/.exec(withInlineLinks([text.trim()])[0] ?? '')?.[1];
  return target === undefined || leadsElsewhere(target) ? null : target;
}

/** Whether a link names another site, not a document beside this one. */
export function leadsElsewhere(target: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(target);
}

/** As CommonMark compares labels, by and large. */
function labelOf(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toLowerCase();
}

function link(text: string, target: string): string {
  return `[${text.trim()}](${target.trim().replace(/[\s()<>]/g, (character) => encodeURIComponent(character).replace('(', '%28').replace(')', '%29'))})`;
}
