/** For tests: something that answers as another object does, but for a few members. @module */

/** The same object with some members replaced. Its own methods still run on it, so engines may keep private fields. */
export function laidOver<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get: (of, name) => {
      if (Object.hasOwn(members, name)) return members[name as keyof T];
      const member: unknown = Reflect.get(of, name);
      return typeof member === 'function' ? (member.bind(of) as unknown) : member;
    },
  });
}
