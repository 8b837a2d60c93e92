/**
 * What a tally is asked with. A ballot, weight or threshold that cannot be read is refused by its name rather than left
 * out or put at a usual value: either could decide the vote.
 */
import { Json, Kind } from '@forge-cascade/overlay-sdk/guest';

export const APPROVE = 'approve';
export const REJECT = 'reject';
export const ABSTAIN = 'abstain';

/** What is wrong with the request; empty where nothing is. */
export function tallyFault(input: Json): string {
  if (input.kind != Kind.OBJECT) return 'the input must be an object';
  let fault = listFault(input, 'electorate', 'voter', 'weight', true);
  if (fault.length == 0) fault = listFault(input, 'ballots', 'voter', 'choice', true);
  if (fault.length == 0) fault = listFault(input, 'delegations', 'from', 'to', false);
  if (fault.length == 0) fault = shareFault(input, 'quorum');
  return fault.length == 0 ? shareFault(input, 'approval') : fault;
}

function listFault(input: Json, name: string, first: string, second: string, needed: bool): string {
  const list = input.field(name);
  if (list === null && !needed) return '';
  if (list === null || list.kind != Kind.LIST) return '`' + name + '` must be a list';
  let item = list.first;
  for (let i = 0; item !== null; i++) {
    const where = '`' + name + '[' + i.toString() + ']';
    if (item.kind != Kind.OBJECT) return where + '` must be an object';
    if (!isText(item.field(first))) return where + '.' + first + '` must be a text';
    const wrong = secondFault(item.field(second), second);
    if (wrong.length > 0) return where + '.' + second + '` ' + wrong;
    item = item.next;
  }
  return '';
}

function secondFault(value: Json | null, name: string): string {
  if (name == 'weight')
    return value !== null && value.kind == Kind.NUMBER && value.number > 0 ? '' : 'must be a number above 0';
  if (!isText(value)) return 'must be a text';
  if (name != 'choice') return '';
  const choice = value === null ? '' : value.text();
  return choice == APPROVE || choice == REJECT || choice == ABSTAIN ? '' : 'must be approve, reject or abstain';
}

function shareFault(input: Json, name: string): string {
  const share = input.field(name);
  if (share === null) return '';
  const fits = share.kind == Kind.NUMBER && share.number >= 0 && share.number <= 1;
  return fits ? '' : '`' + name + '` must be a number from 0 to 1';
}

function isText(value: Json | null): bool {
  return value !== null && value.kind == Kind.TEXT && value.length > 0;
}
