/**
 * The order in which documents can be written, and the edges that stand in its way.
 * @module
 */

export interface Edge {
  readonly child: string;
  readonly parent: string;
}

/**
 * Edges that lie on a cycle. Leaving out just one of them would break the cycle too, but which of the statements is the
 * wrong one would be a guess; so all statements of the cycle are left out, and none besides.
 */
export function edgesOnCycles<E extends Edge>(edges: readonly E[]): ReadonlySet<E> {
  const component = components(edges);
  return new Set(edges.filter(({ child, parent }) => component.get(child) === component.get(parent)));
}

/** The level of each node: 0 without parents, otherwise one more than its highest parent. Edges must have no cycle. */
export function levelsOf(nodes: readonly string[], edges: readonly Edge[]): ReadonlyMap<string, number> {
  const children = new Map<string, string[]>();
  const waiting = new Map<string, number>(nodes.map((node) => [node, 0]));
  for (const { child, parent } of edges) {
    if (!waiting.has(child) || !waiting.has(parent)) continue;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [child]);
    else siblings.push(child);
    waiting.set(child, (waiting.get(child) ?? 0) + 1);
  }
  const levels = new Map<string, number>();
  let ready = nodes.filter((node) => waiting.get(node) === 0);
  for (let level = 0; ready.length > 0; level += 1) {
    const next: string[] = [];
    for (const node of ready) {
      levels.set(node, level);
      for (const child of children.get(node) ?? []) {
        const left = (waiting.get(child) ?? 0) - 1;
        waiting.set(child, left);
        if (left === 0) next.push(child);
      }
    }
    ready = next;
  }
  return levels;
}

/** Strongly connected components (Tarjan), without recursion, so that no chain is too long. Node → component number. */
function components(edges: readonly Edge[]): ReadonlyMap<string, number> {
  const parents = new Map<string, string[]>();
  for (const { child, parent } of edges) {
    const list = parents.get(child);
    if (list === undefined) parents.set(child, [parent]);
    else list.push(parent);
    if (!parents.has(parent)) parents.set(parent, []);
  }
  const component = new Map<string, number>();
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  let found = 0;
  for (const start of parents.keys()) {
    if (index.has(start)) continue;
    const path: { readonly node: string; next: number }[] = [];
    const enter = (node: string): void => {
      index.set(node, index.size);
      low.set(node, index.get(node) as number);
      open.push(node);
      path.push({ node, next: 0 });
    };
    enter(start);
    for (let frame = path.at(-1); frame !== undefined; frame = path.at(-1)) {
      const { node } = frame;
      const parent = parents.get(node)?.[frame.next++];
      if (parent !== undefined) {
        if (!index.has(parent)) enter(parent);
        else if (!component.has(parent)) low.set(node, Math.min(low.get(node) as number, index.get(parent) as number));
        continue;
      }
      path.pop();
      const above = path.at(-1)?.node;
      if (above !== undefined) low.set(above, Math.min(low.get(above) as number, low.get(node) as number));
      if (low.get(node) !== index.get(node)) continue;
      for (let member = open.pop(); member !== undefined; member = open.pop()) {
        component.set(member, found);
        if (member === node) break;
      }
      found += 1;
    }
  }
  return component;
}
