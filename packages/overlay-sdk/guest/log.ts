/** Lines of the overlay's log; the runtime keeps 64 lines and 16 KiB of a call. */
import { log } from './host';

export function debug(text: string): void {
  write(0, text);
}

export function info(text: string): void {
  write(1, text);
}

export function warn(text: string): void {
  write(2, text);
}

export function failure(text: string): void {
  write(3, text);
}

function write(level: i32, text: string): void {
  const bytes = String.UTF8.encode(text);
  log(level, changetype<usize>(bytes), bytes.byteLength);
}
