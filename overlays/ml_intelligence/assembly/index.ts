/** Handlers of ML intelligence. */
import { Json, JsonWriter, Kind, publish, readJson, warn } from '@forge-cascade/overlay-sdk/guest';
import { analyseRequest } from './complexity';
import { Forest } from './isolation-forest';
import { kinds, learnThreat, loweredThreshold, taught, weights } from './threats';
import { ENOUGH, observe, observed, regrow } from './window';

export { ov_alloc, ov_free } from '@forge-cascade/overlay-sdk/guest';

const MOST_ROWS: i32 = 5000;
const MOST_VALUES: i32 = 50000;
/** Rows times trees: what scoring costs. */
const MOST_PATHS: i32 = 500000;
const MOST_TREES: f64 = 200;
const MOST_SAMPLE: f64 = 1024;

let threshold: f64 = 0.62;
let seed: f64 = 1;
let trees: f64 = 100;
let sample: f64 = 256;

/** `{"config": {"threshold"?, "seed"?, "trees"?, "sample"?}}` */
export function initialize(at: i32, length: i32): i64 {
  const config = readJson(at, length).field('config');
  if (config !== null) {
    threshold = config.numberOf('threshold', threshold);
    seed = config.numberOf('seed', seed);
    trees = bounded(config.numberOf('trees', trees), 1, MOST_TREES);
    sample = bounded(config.numberOf('sample', sample), 2, MOST_SAMPLE);
  }
  return 0;
}

export function health_check(_at: i32, _length: i32): i64 {
  const out = new JsonWriter(32);
  out.open().bool('healthy', true).close();
  return out.result();
}

/** `{"query"}`, or `{"data": {"query"}}` → complexity and patterns. */
export function analyze(at: i32, length: i32): i64 {
  const input = readJson(at, length);
  const data = input.field('data');
  const query = data !== null && data.kind == Kind.OBJECT ? data.textOf('query') : input.textOf('query');
  const analysis = analyseRequest(query);
  const out = new JsonWriter(256);
  out.open().number('complexity_score', analysis.score).openList('patterns');
  const question = analysis.question;
  for (let i = 0; i < question.kinds.length; i++) out.text('', question.kinds[i]);
  if (question.parts > 1) out.text('', 'multi_part');
  if (question.labels > 0) out.text('', 'names_documents');
  if (analysis.isLong()) out.text('', 'long');
  out.closeList().int('words', analysis.words).int('distinct_terms', analysis.terms).int('parts', question.parts);
  out.int('conjunctions', analysis.conjunctions).bool('deep', analysis.deep).close();
  return out.result();
}

/** `{"rows": [[…]], …}` scores a table; `{"metrics": {…}}` one observation by those before it. */
export function detect_anomaly(at: i32, length: i32): i64 {
  const input = readJson(at, length);
  for (let i = 0; i < SETTINGS.length; i++) {
    const setting = input.field(SETTINGS[i]);
    if (setting !== null && setting.kind != Kind.NUMBER) return refused('`' + SETTINGS[i] + '` must be a number');
  }
  const rows = input.field('rows');
  if (rows !== null) return rows.kind == Kind.LIST ? scoreRows(input, rows) : refused('`rows` must be a list of rows');
  const given = input.field('metrics');
  const metrics = given === null ? input : given;
  const wrong = metricsFault(metrics, given === null ? '' : 'metrics.');
  return wrong.length > 0 ? refused(wrong) : scoreObservation(input, metrics);
}

const SETTINGS: StaticArray<string> = ['threshold', 'seed', 'trees', 'sample'];

/** A metric left out because it cannot be read would look like an ordinary one. */
function metricsFault(metrics: Json, path: string): string {
  if (metrics.kind != Kind.OBJECT || metrics.first === null) return '`metrics` must be an object of numbers';
  let item = metrics.first;
  while (item !== null) {
    if (item.kind != Kind.NUMBER) return '`' + path + item.key() + '` must be a number';
    item = item.next;
  }
  return '';
}

function scoreRows(input: Json, rows: Json): i64 {
  const first = rows.first;
  if (first === null) return refused('rows must hold at least one row');
  const width = first.count;
  if (width == 0) return refused('rows must hold numbers');
  if (rows.count > MOST_ROWS || rows.count * width > MOST_VALUES)
    return refused('rows may hold 5,000 rows and 50,000 numbers');
  const values = new StaticArray<f64>(rows.count * width);
  let row: Json | null = first;
  let i = 0;
  while (row !== null) {
    if (row.kind != Kind.LIST || row.count != width) return refused('rows must all have as many numbers as the first');
    let item = row.first;
    while (item !== null) {
      if (item.kind != Kind.NUMBER) return refused('rows must hold numbers');
      values[i++] = item.number;
      item = item.next;
    }
    row = row.next;
  }
  const grown = <i32>bounded(input.numberOf('trees', trees), 1, MOST_TREES);
  if (rows.count * grown > MOST_PATHS) return refused('rows times trees may be 500,000');
  const limit = input.numberOf('threshold', loweredThreshold(threshold));
  const forest = new Forest(
    values,
    rows.count,
    width,
    grown,
    <i32>bounded(input.numberOf('sample', sample), 2, MOST_SAMPLE),
    <u64>bounded(input.numberOf('seed', seed), 0, 9e15),
  );
  const out = new JsonWriter(rows.count * 10 + 256);
  const unusual: i32[] = [];
  out.open().openList('scores');
  for (let r = 0; r < rows.count; r++) {
    const score = forest.score(values, r);
    if (score > limit) unusual.push(r);
    out.number('', score);
  }
  out.closeList().openList('anomalies');
  for (let r = 0; r < unusual.length; r++) out.int('', unusual[r]);
  out.closeList().number('threshold', limit).close();
  return out.result();
}

function scoreObservation(input: Json, metrics: Json): i64 {
  const before = observed;
  const learnt = observe(metrics, <i32>trees, <i32>sample, <u64>bounded(seed, 0, 9e15));
  const trained = learnt >= 0;
  const score = trained ? learnt : byLimits(metrics);
  const limit = input.numberOf('threshold', trained ? loweredThreshold(threshold) : 0.5);
  const unusual = score > limit;
  const severity = score > limit + 0.15 ? 'high' : 'medium';
  if (unusual) {
    const request = new JsonWriter(256);
    request.open().text('type', 'anomaly_detected').open('payload');
    request.number('score', score).number('threshold', limit).text('severity', severity).bool('trained', trained);
    request.close().close();
    tell(request, 'anomaly_detected');
  }
  const out = new JsonWriter(128);
  out.open().bool('is_anomaly', unusual).number('score', score).number('threshold', limit).bool('trained', trained);
  out
    .int('observations', observed)
    .int('needed', max(0, ENOUGH - before))
    .close();
  return out.result();
}

/** The specification's fixed limits, until there is something to compare with. */
function byLimits(metrics: Json): f64 {
  let score = 0.0;
  if (metrics.numberOf('cpu_usage', 0) > 90) score += 0.3;
  if (metrics.numberOf('memory_usage', 0) > 85) score += 0.3;
  if (metrics.numberOf('error_rate', 0) > 0.05) score += 0.4;
  return score;
}

/** A `security_threat` event → the model learns of it and `model_updated` says so; one that names no threat is ignored. */
export function on_threat(at: i32, length: i32): i64 {
  const event = readJson(at, length);
  const payload = event.field('payload');
  if (!learnThreat(payload)) return ignored('`payload.threats` must be a list that names a `kind`');
  regrow();
  const level = payload === null ? '' : payload.textOf('threat_level');
  const request = new JsonWriter(512);
  request.open().text('type', 'model_updated').open('payload');
  describe(request, level);
  request.close().close();
  const told = tell(request, 'model_updated');
  const out = new JsonWriter(512);
  out.open();
  describe(out, level);
  out.bool('published', told).close();
  return out.result();
}

function describe(out: JsonWriter, level: string): void {
  out.text('model', 'anomaly').int('revision', taught).text('reason', 'security_threat').text('threat_level', level);
  out.number('threshold', loweredThreshold(threshold)).open('threats');
  for (let i = 0; i < kinds.length; i++) out.number(kinds[i], weights[i]);
  out.close();
}

function tell(request: JsonWriter, type: string): bool {
  const reply = publish(request);
  const error = reply.error;
  reply.free();
  if (error.length == 0) return true;
  warn(type + ' was not published: ' + error);
  return false;
}

function ignored(why: string): i64 {
  const out = new JsonWriter(128);
  out.open().text('ignored', why).bool('published', false).close();
  return out.result();
}

function refused(message: string): i64 {
  const out = new JsonWriter(128);
  out.open().open('error').text('code', 'INVALID').text('message', message).close().close();
  return out.result();
}

function bounded(value: f64, least: f64, most: f64): f64 {
  return isNaN(value) ? least : min(most, max(least, Math.floor(value)));
}
