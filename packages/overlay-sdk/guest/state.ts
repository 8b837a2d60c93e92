/** What the overlay keeps between calls, instances and restarts: values of its own, by key, of at most 64 KiB. */
import { db_read, db_write } from './host';
import { JsonWriter } from './json-writer';
import { Reply, replyOf } from './reply';

/** `ok` is the value, a JSON null where there is none. Needs DATABASE_READ. */
export function state(key: string): Reply {
  const request = new JsonWriter(96).open().text('op', 'state.get').open('args').text('key', key).close().close();
  return replyOf(db_read(request.address(), request.size()), request);
}

/** Needs DATABASE_WRITE. */
export function keepState(key: string, value: JsonWriter): Reply {
  const request = new JsonWriter(96 + value.size()).open().text('op', 'state.put').open('args').text('key', key);
  request.json('value', value).close().close();
  return replyOf(db_write(request.address(), request.size()), request);
}
