import type { FunctionType } from '../module/value-types.js';
import type { CallGraph } from './call-graph.js';

/** What a frame has besides its values: return address, instance, and what the engine keeps for itself. */
const FRAME_SLOTS = 8;

/** Depth and fuel, which a function whose calls are counted is passed. */
const PASSED_SLOTS = 2;

/** What is taken besides where such a function is called through what stands in its place. */
export const outerSlots = ({ params, results }: FunctionType): number =>
  FRAME_SLOTS + params.length + results.length + PASSED_SLOTS;

/**
 * How many slots of the call stack each function takes while it runs; 0 for one that need not be counted. Functions that
 * can come to call themselves are counted. The others are on the stack once each, so the deepest chain of them is fixed:
 * only where it is more than a quarter of `stackSlots` are they counted too.
 *
 * @returns slots by function, like in the graph
 */
export function countedSlots({ calls, slots }: CallGraph, stackSlots: number): number[] {
  const { component, order } = components(calls);
  const sizes = new Map<number, number>();
  for (const number of component) sizes.set(number, (sizes.get(number) ?? 0) + 1);
  const recursive = calls.map((to, from) => (sizes.get(component[from] ?? -1) ?? 0) > 1 || to.includes(from));
  const weights = slots.map((count) => FRAME_SLOTS + count);
  /** Deepest chain of functions that are not recursive, from each function on. Callees come first in `order`. */
  const chain = calls.map(() => 0);
  const below = new Map<number, number>();
  for (const from of order) {
    const group = component[from] ?? -1;
    let deepest = below.get(group) ?? 0;
    for (const to of calls[from] ?? []) deepest = Math.max(deepest, chain[to] ?? 0);
    below.set(group, deepest);
    chain[from] = deepest + (recursive[from] === true ? 0 : (weights[from] ?? 0));
  }
  const all = chain.some((deep) => deep > stackSlots / 4);
  const counted = (i: number) => recursive[i] === true || (all && (calls[i]?.length ?? 0) > 0);
  return weights.map((weight, i) => (counted(i) ? weight + PASSED_SLOTS : 0));
}

/** Strongly connected components (Tarjan), without recursion; `order` has callees before their callers. */
function components(calls: readonly (readonly number[])[]): { component: number[]; order: number[] } {
  const found = calls.map(() => -1);
  const low = calls.map(() => 0);
  const component = calls.map(() => -1);
  const order: number[] = [];
  const open: number[] = [];
  let count = 0;
  let groups = 0;
  for (const root of calls.keys()) {
    if (found[root] !== -1) continue;
    const path: { node: number; next: number }[] = [];
    const enter = (node: number) => {
      found[node] = count;
      low[node] = count;
      count += 1;
      open.push(node);
      path.push({ node, next: 0 });
    };
    enter(root);
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const { node } = step;
      const to = calls[node]?.[step.next];
      if (to !== undefined) {
        step.next += 1;
        if (found[to] === -1) enter(to);
        else if (component[to] === -1) low[node] = Math.min(low[node] ?? 0, found[to] ?? 0);
        continue;
      }
      path.pop();
      const caller = path.at(-1);
      if (caller !== undefined) low[caller.node] = Math.min(low[caller.node] ?? 0, low[node] ?? 0);
      if (low[node] !== found[node]) continue;
      for (let member = open.pop(); member !== undefined; member = open.pop()) {
        component[member] = groups;
        order.push(member);
        if (member === node) break;
      }
      groups += 1;
    }
  }
  return { component, order };
}
