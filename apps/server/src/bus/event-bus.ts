/**
 * Events between the pods of one store. They say that something happened, never what was written: whoever hears one
 * looks into the store. A pod that hears none looks there by itself, only later.
 * @module
 */

export interface BusEvent {
  /** Grows with the order of events; the same event comes under the same id, so that doubles can be dropped. */
  readonly id: string;
  /** The pod that published it. */
  readonly from: string;
  readonly type: string;
  readonly data: string;
}

export interface EventBus {
  /** This pod's name; no two have the same. */
  readonly pod: string;
  /** Resolves when the event will reach those who listen. @throws when the bus cannot be reached: it is lost. */
  publish(type: string, data: string): Promise<void>;
  /**
   * Hears every event of every pod, this one included, from when the promise resolves on, in order and once.
   * @returns ends it
   */
  listen(hear: (event: BusEvent) => void): Promise<() => void>;
  /**
   * Becomes a member of a group, of whose members at least one handles each event. One whose handling fails or whose pod
   * dies goes to some member again. A group begins with the events that follow its first member.
   * @returns leaves it once what is being handled is done
   */
  join(group: string, handle: (event: BusEvent) => Promise<void>): Promise<() => Promise<void>>;
  /** Ends all listening and leaves all groups. */
  close(): Promise<void>;
}
