/** What an overlay's requests leave through. The core decides where they may go; this goes there, and nowhere else. @module */

export interface OutgoingRequest {
  readonly method: string;
  readonly url: URL;
  /** The address that was checked: the one to connect to, whatever the name means by now. */
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Bytes of the answer's body. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface IncomingAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface OverlayNetwork {
  /** All addresses of a name, as text. Rejects for one that has none. */
  resolve(host: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Follows no redirect. Rejects when it fails, and with {@link AnswerTooLarge}. */
  send(request: OutgoingRequest): Promise<IncomingAnswer>;
}

export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}
