/** Which addresses an overlay may reach: those of the public Internet. @module */
import ipaddr from 'ipaddr.js';

/**
 * The kind of an address that must not be reached, such as `private` or `loopback`; null for a public one. What is no
 * address at all is `unreadable`; an IPv6 form of an IPv4 address counts as that address, but for the one that was given up
 * (`::a.b.c.d`), which is `reserved`.
 */
export function forbiddenKind(address: string): string | null {
  if (!ipaddr.isValid(address)) return 'unreadable';
  const parsed = ipaddr.parse(address);
  // Whatever stack still speaks that form would connect to the IPv4 address in it. The two that mean more have names.
  if (parsed instanceof ipaddr.IPv6 && parsed.range() === 'unicast' && parsed.parts.slice(0, 6).every((p) => p === 0)) {
    return 'reserved';
  }
  const kind = ipaddr.process(address).range();
  return kind === 'unicast' ? null : kind;
}
