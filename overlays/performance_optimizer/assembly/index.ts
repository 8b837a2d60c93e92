/** Handlers of the performance optimizer. What was learnt is in memory and, so that it outlives the instance, in state. */
import {
  Json,
  JsonWriter,
  Kind,
  configuredNumber,
  healthy,
  keepState,
  publishEvent,
  readEvent,
  readJson,
  state,
  warn,
} from '@forge-cascade/overlay-sdk/guest';
import { Timings } from './timings';
export { ov_alloc, ov_free } from '@forge-cascade/overlay-sdk/guest';

/** Complexity of a request nobody could analyse. */
const UNKNOWN_COMPLEXITY: f64 = 0.5;
const HIGH_PRIORITY_TRUST: f64 = 80;

/** From here on a question is for the strong model; whoever has priority gets it sooner. */
const STRONG_COMPLEXITY: f64 = 0.5;
const STRONG_COMPLEXITY_FIRST: f64 = 0.35;
/** How far a strong model that is too slow moves that, at most. */
const MOST_SHIFT: f64 = 0.15;

/** Sources for a simple question; a complex one gets all that were found. */
const SIMPLE_SOURCES: f64 = 40;

const MOST_TOKENS: f64 = 4000;
/** Answers that ran out of tokens, above which there are too few. */
const MANY_CUT: f64 = 0.1;

/** Records between two writes of the state. */
const RECORDS_KEPT = 16;
const MOST_GUARD = 3;
const STATE = 'learnt';

const fast = new Timings();
const strong = new Timings();
/** How much is done about a threat, 0 to 3; after so many requests it becomes one less. */
let guard: i32 = 0;
let guarded: i32 = 0;
let target: f64 = 15000;
let least: f64 = 20;
let period: i32 = 200;
let unkept = 0;

/** `{"config"}` → null. */
export function initialize(_at: i32, _length: i32): i64 {
  target = Math.max(1, configuredNumber('strong_target_ms', target));
  least = Math.max(1, configuredNumber('least_samples', least));
  period = <i32>Math.min(1e6, Math.max(1, configuredNumber('guarded_requests', period)));
  const kept = state(STATE).ok;
  if (kept === null) return 0;
  fast.read(kept.field('fast'));
  strong.read(kept.field('strong'));
  guard = <i32>Math.min(MOST_GUARD, Math.max(0, kept.numberOf('guard', 0)));
  guarded = guard > 0 ? period : 0;
  return 0;
}

/** The input of phase 4 → how the answer is made. Calls nothing. */
export function optimize(at: i32, length: i32): i64 {
  const input = readJson(at, length);
  const complexity = numberIn(input.field('analysis'), 'complexity_score', UNKNOWN_COMPLEXITY);
  const found = numberIn(input.field('context'), 'found', SIMPLE_SOURCES);
  const first = numberIn(input.field('security'), 'trust_level', 0) >= HIGH_PRIORITY_TRUST;
  const shift = first ? 0 : slowness();
  const isStrong = complexity > (first ? STRONG_COMPLEXITY_FIRST : STRONG_COMPLEXITY) + shift;
  const tier = isStrong ? strong : fast;
  const warm = complexity > 0.7 && guard == 0;
  const past = input.field('as_of');
  const sources = complexity > 0.5 ? found : Math.min(found, SIMPLE_SOURCES);

  const out = new JsonWriter().open();
  out.open('llm_params').number('temperature', warm ? 0.7 : 0.3);
  out.number('max_tokens', tokens(complexity > 0.5 ? 2000 : 1000, tier)).close();
  out.text('model_tier', isStrong ? 'strong' : 'fast').text('priority', first ? 'high' : 'normal');
  // An answer from the past is asked once, for the record: keeping it would push out what is asked every day.
  out.text('cache_strategy', past === null || past.kind == Kind.NULL ? 'versions' : 'none');
  out.number('source_limit', Math.max(1, sources)).int('guard', guard);
  if (guard > 0 && --guarded <= 0) {
    guard--;
    guarded = guard > 0 ? period : 0;
  }
  return out.close().result();
}

/** `{"tier", "milliseconds", "cut"?}` of an answer that was made → what is known now. */
export function record(at: i32, length: i32): i64 {
  const input = readJson(at, length);
  const name = input.textOf('tier');
  if (name != 'fast' && name != 'strong') return fault('`tier` must be fast or strong');
  const milliseconds = input.field('milliseconds');
  if (milliseconds === null || milliseconds.kind != Kind.NUMBER || milliseconds.number < 0)
    return fault('`milliseconds` must be a number, 0 or more');
  const cut = input.field('cut');
  if (cut !== null && cut.kind != Kind.TRUE && cut.kind != Kind.FALSE) return fault('`cut` must be true or false');
  const tier = name == 'strong' ? strong : fast;
  tier.add(Math.min(milliseconds.number, 600000), input.isTrue('cut'));
  if (++unkept >= RECORDS_KEPT) keep();
  return learnt().result();
}

/** The anomaly model has learnt of something: requests are answered with more care for a while. */
export function on_model_updated(at: i32, length: i32): i64 {
  const event = readEvent(at, length);
  const before = guard;
  guard = min(MOST_GUARD, guard + 1);
  guarded = period;
  keep();
  const payload = event.payload;
  const told = new JsonWriter()
    .open()
    .text('optimization', 'validation_resources')
    .int('from', before)
    .int('to', guard);
  told.int('requests', period).text('because', event.type);
  if (payload !== null) {
    told.copy('model', payload.field('model')).copy('threat_level', payload.field('threat_level'));
    told.copy('threats', payload.field('threats'));
  }
  const reply = publishEvent('optimization_applied', told.close());
  if (reply.refused) warn('optimization_applied was not published: ' + reply.error);
  return new JsonWriter().open().int('guard', guard).bool('published', !reply.refused).close().result();
}

export function health_check(_at: i32, _length: i32): i64 {
  return healthy();
}

function fault(message: string): i64 {
  const out = new JsonWriter().open().open('error').text('code', 'INVALID').text('message', message);
  return out.close().close().result();
}

/** How much a strong model that takes too long raises the complexity it is asked for. */
function slowness(): f64 {
  if (<f64>strong.samples < least || strong.mean <= target) return 0;
  return Math.min(MOST_SHIFT, MOST_SHIFT * (strong.mean / target - 1));
}

/** More tokens where many answers ran out of them. */
function tokens(usual: f64, tier: Timings): f64 {
  if (<f64>tier.samples < least || tier.cut <= MANY_CUT) return usual;
  return Math.min(MOST_TOKENS, Math.round(usual * (1 + Math.min(1, tier.cut))));
}

function keep(): void {
  unkept = 0;
  const reply = keepState(STATE, learnt());
  if (reply.refused) warn('what was learnt is not kept: ' + reply.error);
}

function learnt(): JsonWriter {
  const out = new JsonWriter().open();
  fast.write(out, 'fast');
  strong.write(out, 'strong');
  return out.number('shift', slowness()).int('guard', guard).close();
}

function numberIn(value: Json | null, name: string, otherwise: f64): f64 {
  return value === null ? otherwise : value.numberOf(name, otherwise);
}
