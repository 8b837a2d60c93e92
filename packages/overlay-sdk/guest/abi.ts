/** The exports that the runtime moves texts by, and what a failed assertion becomes. */
import { freeReplies } from './reply';
import { log } from './host';

/** True while the runtime makes room: the host cannot be called then. */
let making: bool = false;

/** Room for `length` bytes of the runtime's. */
export function ov_alloc(length: i32): usize {
  making = true;
  const at = heap.alloc(<usize>max(length, 1));
  making = false;
  return at;
}

/**
 * Gives back an input or a result. The runtime calls it when a handler has returned and nothing of the guest is running,
 * so this is where garbage is collected and what the host replied is forgotten.
 */
export function ov_free(at: usize, _length: i32): void {
  heap.free(at);
  freeReplies();
  __collect();
}

/** Ends the call as a trap, and says why in the log. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  if (!making) {
    const place = (file === null ? '' : file) + ':' + line.toString() + ':' + column.toString();
    const text = String.UTF8.encode((message === null ? 'assertion failed' : message) + ' at ' + place);
    log(3, changetype<usize>(text), text.byteLength);
  }
  unreachable();
}
