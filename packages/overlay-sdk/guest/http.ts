/** Requests to the manifest's hosts. Needs NETWORK_ACCESS. */
import { http_request } from './host';
import { JsonWriter } from './json-writer';
import { Reply, replyOf } from './reply';

export class HttpRequest {
  method: string = 'GET';
  body: string = '';
  private names: string[] = [];
  private values: string[] = [];

  constructor(readonly url: string) {}

  header(name: string, value: string): HttpRequest {
    this.names.push(name);
    this.values.push(value);
    return this;
  }

  /** `ok` is `{"status", "headers", "body"}`. */
  send(): Reply {
    const request = new JsonWriter(256).open().text('method', this.method).text('url', this.url);
    if (this.names.length > 0) {
      request.open('headers');
      for (let i = 0; i < this.names.length; i++) request.text(this.names[i], this.values[i]);
      request.close();
    }
    if (this.body.length > 0) request.text('body', this.body);
    request.close();
    return replyOf(http_request(request.address(), request.size()), request);
  }
}

/** The body of a GET; empty unless the status is 200. */
export function fetchText(url: string): string {
  const got = new HttpRequest(url).send().ok;
  return got !== null && got.numberOf('status', 0) == 200 ? got.textOf('body') : '';
}
