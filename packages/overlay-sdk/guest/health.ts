/** Results of `health_check`. */
import { JsonWriter } from './json-writer';

export function healthy(): i64 {
  return new JsonWriter(32).open().bool('healthy', true).close().result();
}

export function unhealthy(reason: string): i64 {
  return new JsonWriter(64).open().bool('healthy', false).text('reason', reason).close().result();
}
