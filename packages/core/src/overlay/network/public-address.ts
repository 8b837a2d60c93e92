/** Which addresses an overlay may reach: those of the public Internet. @module */
import ipaddr from 'ipaddr.js';

/**
 * The kind of an address that must not be reached, such as `private` or `loopback`; null for a public one. What is no
 * address at all is `unreadable`; an IPv6 form of an IPv4 address counts as that address.
 */
export function forbiddenKind(address: string): string | null {
  if (!ipaddr.isValid(address)) return 'unreadable';
  const kind = ipaddr.process(address).range();
  return kind === 'unicast' ? null : kind;
}
