/** What was learnt of how long answers take: moving means by tier, which the newest sample moves the most. */
import { Json, JsonWriter } from '@forge-cascade/overlay-sdk/guest';

/** Weight of the newest sample once there are enough to speak of a mean. */
const NEWEST: f64 = 0.05;

export class Timings {
  samples: i32 = 0;
  /** Milliseconds. */
  mean: f64 = 0;
  /** Share of answers that ended because their tokens were used up. */
  cut: f64 = 0;

  add(milliseconds: f64, wasCut: bool): void {
    this.samples++;
    const weight = Math.max(NEWEST, 1.0 / <f64>this.samples);
    this.mean += (milliseconds - this.mean) * weight;
    this.cut += ((wasCut ? 1.0 : 0.0) - this.cut) * weight;
  }

  read(kept: Json | null): void {
    if (kept === null) return;
    this.samples = <i32>Math.min(1e6, Math.max(0, kept.numberOf('samples', 0)));
    this.mean = Math.max(0, kept.numberOf('mean_ms', 0));
    this.cut = Math.min(1, Math.max(0, kept.numberOf('cut', 0)));
  }

  write(out: JsonWriter, key: string): void {
    out.open(key).int('samples', this.samples).number('mean_ms', this.mean).number('cut', this.cut).close();
  }
}
