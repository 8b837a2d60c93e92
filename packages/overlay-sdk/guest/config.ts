/** The overlay's configuration: the manifest's `config`, with what the operator changed. */
import { get_config } from './host';
import { Kind } from './json';
import { JsonWriter } from './json-writer';
import { Reply, replyOf } from './reply';

export function configured(key: string): Reply {
  const request = new JsonWriter(64).open().text('key', key).close();
  return replyOf(get_config(request.address(), request.size()), request);
}

export function configuredNumber(key: string, otherwise: f64): f64 {
  const value = configured(key).ok;
  return value !== null && value.kind == Kind.NUMBER ? value.number : otherwise;
}

export function configuredText(key: string, otherwise: string): string {
  const value = configured(key).ok;
  return value !== null && value.kind == Kind.TEXT ? value.text() : otherwise;
}

export function configuredFlag(key: string, otherwise: bool): bool {
  const value = configured(key).ok;
  if (value === null) return otherwise;
  return value.kind == Kind.TRUE ? true : value.kind == Kind.FALSE ? false : otherwise;
}
