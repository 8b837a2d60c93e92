/** The bus of pods that are one process: a server alone, or several in a test. @module */
import type { BusEvent, EventBus } from './event-bus.js';

/** Milliseconds before an event whose handling failed is handled again. */
const AGAIN_MS = 50;

interface Member {
  readonly handle: (event: BusEvent) => Promise<void>;
  busy: Promise<void> | null;
}

interface Group {
  readonly waiting: BusEvent[];
  readonly members: Set<Member>;
}

export class InProcessHub {
  readonly #listeners = new Set<(event: BusEvent) => void>();
  readonly #groups = new Map<string, Group>();
  #events = 0;

  pod(name: string): EventBus {
    const endings = new Set<() => void | Promise<void>>();
    const ending = <T extends () => void | Promise<void>>(end: T): T => (endings.add(end), end);
    return {
      pod: name,
      publish: async (type, data) => this.#publish({ id: `${++this.#events}-0`, from: name, type, data }),
      listen: async (hear) => {
        const listener = (event: BusEvent): void => hear(event);
        this.#listeners.add(listener);
        return ending(() => void this.#listeners.delete(listener));
      },
      join: async (group, handle) => ending(this.#join(group, handle)),
      close: async () => {
        for (const end of endings) await end();
      },
    };
  }

  #publish(event: BusEvent): void {
    for (const hear of this.#listeners) hear(event);
    for (const group of this.#groups.values()) {
      group.waiting.push(event);
      this.#handOut(group);
    }
  }

  #join(name: string, handle: Member['handle']): () => Promise<void> {
    const group = this.#groups.get(name) ?? { waiting: [], members: new Set() };
    this.#groups.set(name, group);
    const member: Member = { handle, busy: null };
    group.members.add(member);
    this.#handOut(group);
    return async () => {
      group.members.delete(member);
      await member.busy;
    };
  }

  #handOut(group: Group): void {
    for (const member of group.members) {
      if (member.busy !== null) continue;
      const event = group.waiting.shift();
      if (event === undefined) return;
      member.busy = this.#handled(group, member, event);
    }
  }

  async #handled(group: Group, member: Member, event: BusEvent): Promise<void> {
    try {
      await member.handle(event);
    } catch {
      setTimeout(() => {
        group.waiting.unshift(event);
        this.#handOut(group);
      }, AGAIN_MS).unref();
    }
    member.busy = null;
    // Whoever was busy longest waits last.
    if (group.members.delete(member)) group.members.add(member);
    this.#handOut(group);
  }
}
