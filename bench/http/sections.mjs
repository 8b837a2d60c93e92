/** Sections of reStructuredText documents, as an import would make capsules of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const HEADING = /^(?=\S.*\n([=\-~^"'*+#])\1{2,}\n)/m;
const LEAST = 200;
const MOST = 20_000;

/** Up to `count` of `{ title, content }`, in the order of the documents. */
export function sectionsOf(folder, count) {
  const sections = [];
  const names = readdirSync(folder).filter((name) => /\.(rst|md|txt)$/.test(name));
  for (const name of names.sort()) {
    for (const part of readFileSync(join(folder, name), 'utf8').split(HEADING)) {
      // Splitting by a pattern with a group also yields what the group matched.
      if (part === undefined || part.length < LEAST) continue;
      if (sections.length === count) return sections;
      sections.push({ title: part.slice(0, part.indexOf('\n')).slice(0, 200).trim(), content: part.slice(0, MOST) });
    }
  }
  return sections;
}
