/** Handlers of the security validator. */
import { Json, JsonWriter, Kind, publish, read, readJson, warn } from '@forge-cascade/overlay-sdk/guest';
import { examineText, hiddenSigns, invisible } from './examination';
import { bringBack, findings, found, keepFindings, SEVERITIES, Severity, unlisted, worst } from './findings';
import { examine, start, unitsBetween } from './text';

/** The capsule that is looked at because of an event. */
let about: string = '';
let storedDenied: bool = false;

export { ov_alloc, ov_free } from '@forge-cascade/overlay-sdk/guest';

/** `{"query"}` → a verdict on what somebody asks. */
export function check_query(at: i32, length: i32): i64 {
  return check(readJson(at, length), false, 'query');
}

/** `{"content", "title"?}` → a verdict on what is to be stored. */
export function check_capsule(at: i32, length: i32): i64 {
  return check(readJson(at, length), true, 'content');
}

/** A `capsule.created` or `capsule.versioned` event → a verdict on what was stored, or `{"verdict": "unknown", "error"}`. */
export function on_capsule(at: i32, length: i32): i64 {
  const payload = readJson(at, length).field('payload');
  return checkStored(payload === null ? '' : payload.textOf('id'));
}

/** A `capsules.stored` event → how many were looked at, and the ids of those that are refused. */
export function on_capsules(at: i32, length: i32): i64 {
  const payload = readJson(at, length).field('payload');
  let ids: Json | null = null;
  if (payload !== null) ids = payload.field('ids');
  const out = new JsonWriter(256);
  let looked = 0;
  out.open().openList('denied');
  let item: Json | null = null;
  if (ids !== null && ids.kind == Kind.LIST) item = ids.first;
  while (item !== null) {
    const id = item.text();
    item = item.next;
    heap.free(<usize>(checkStored(id) >> 32));
    looked++;
    if (storedDenied) out.text('', id);
  }
  out.closeList().int('looked_at', looked).close();
  return out.result();
}

function checkStored(id: string): i64 {
  const request = new JsonWriter(128);
  request.open().text('op', 'capsule.get').open('args').text('id', id).close().close();
  const stored = read(request);
  const capsule = stored.ok;
  storedDenied = false;
  if (capsule === null || capsule.kind != Kind.OBJECT) {
    // Gone meanwhile, or not to be seen by overlays: neither is a threat.
    const out = new JsonWriter(96);
    out
      .open()
      .text('verdict', 'unknown')
      .text('error', stored.error.length > 0 ? stored.error : 'NOT_FOUND')
      .close();
    stored.free();
    return out.result();
  }
  about = id;
  const verdict = check(capsule, true, 'content');
  about = '';
  storedDenied = worst >= Severity.HIGH;
  stored.free();
  return verdict;
}

export function health_check(_at: i32, _length: i32): i64 {
  const out = new JsonWriter(32);
  out.open().bool('healthy', true).close();
  return out.result();
}

function check(input: Json, capsule: bool, field: string): i64 {
  const text = input.field(field);
  if (text === null || text.kind != Kind.TEXT) {
    const refused = new JsonWriter(256);
    refused.open().text('verdict', 'deny').openList('findings');
    refused.open().text('kind', 'input').text('severity', 'high').int('start', 0).int('end', 0);
    refused
      .text('rule', 'missing')
      .text('reason', field + ' must be a text')
      .close();
    refused
      .closeList()
      .text('threat_level', 'high')
      .bool('threat_detected', true)
      .text('reason', 'input')
      .int('unlisted', 0)
      .close();
    return refused.result();
  }
  examineText(text.at, text.length, capsule);
  lookBehindInvisible(text, capsule);
  const denied = worst >= Severity.HIGH;
  const out = new JsonWriter(512);
  out
    .open()
    .text('verdict', denied ? 'deny' : worst > Severity.NONE ? 'flag' : 'allow')
    .openList('findings');
  sortFindings();
  let known = start;
  let units = 0;
  for (let i = 0; i < findings.length; i++) {
    const item = findings[i];
    units += unitsBetween(known, item.start);
    known = item.start;
    out.open().text('kind', item.kind).text('severity', SEVERITIES[item.severity]);
    out.int('start', units).int('end', units + unitsBetween(known, item.end));
    out.text('rule', item.rule).text('reason', item.reason).close();
  }
  out.closeList().text('threat_level', SEVERITIES[worst]).bool('threat_detected', denied);
  out
    .text('reason', kindsOf(denied ? Severity.HIGH : Severity.LOW))
    .int('unlisted', unlisted)
    .close();
  if (denied) tellThreat(capsule);
  return out.result();
}

/** Signs that are not shown may tear words apart: then the text is examined once more without them. */
function lookBehindInvisible(text: Json, capsule: bool): void {
  const to = text.at + text.length;
  let signs = 0;
  for (let p = text.at; p < to;) {
    if (load<u8>(p) >= 0xc2 && invisible(p) != 0) {
      p = hiddenSigns(p);
      signs++;
    } else p++;
  }
  if (signs == 0 || worst >= Severity.HIGH) return;
  const copy = heap.alloc(text.length);
  let length = 0;
  for (let p = text.at; p < to;) {
    const size = load<u8>(p) >= 0xc2 ? invisible(p) : 0;
    if (size != 0) p += size;
    else store<u8>(copy + length++, load<u8>(p++));
  }
  const seen = keepFindings();
  examineText(copy, length, capsule);
  const severity = worst;
  let kind = '';
  for (let i = 0; i < findings.length; i++) if (findings[i].severity >= Severity.HIGH) kind = findings[i].kind;
  heap.free(copy);
  bringBack(seen);
  examine(text.at, text.length);
  if (severity >= Severity.HIGH) {
    const reason = 'an attack whose words are torn apart by signs that are not shown';
    found(kind, 'torn', reason, severity, text.at, to);
  }
}

function sortFindings(): void {
  findings.sort((a, b) => <i32>a.start - <i32>b.start);
}

function kindsOf(least: Severity): string {
  let kinds = '';
  for (let i = 0; i < findings.length; i++) {
    const kind = findings[i].kind;
    if (findings[i].severity < least || kinds.includes(kind)) continue;
    kinds += kinds.length == 0 ? kind : ', ' + kind;
  }
  return kinds;
}

/** What others may learn of a threat: its kinds, rules and places, no text of it. */
function tellThreat(capsule: bool): void {
  const request = new JsonWriter(512);
  request.open().text('type', 'security_threat').open('payload');
  request.text('subject', capsule ? 'capsule' : 'query').text('threat_level', SEVERITIES[worst]);
  if (about.length > 0) request.text('capsule_id', about);
  request.openList('threats');
  for (let i = 0; i < findings.length; i++) {
    const item = findings[i];
    if (item.severity < Severity.HIGH) continue;
    request.open().text('kind', item.kind).text('rule', item.rule).text('severity', SEVERITIES[item.severity]);
    request.text('excerpt', shape(item.start, item.end)).close();
  }
  request.closeList().close().close();
  const reply = publish(request);
  if (reply.error.length > 0) warn('security_threat was not published: ' + reply.error);
  reply.free();
}

/** The form of a passage without its words: letters are `x`, figures `9`, runs of them cut to eight. */
function shape(from: usize, to: usize): string {
  let text = '';
  let run = 0;
  let last = 0;
  for (let p = from; p < to && text.length < 48; p++) {
    const c = load<u8>(p);
    const sign =
      c >= 48 && c <= 57 ? 57 : (c | 32) >= 97 && (c | 32) <= 122 ? 120 : c >= 128 ? 120 : c < 32 ? 32 : <i32>c;
    run = sign == last ? run + 1 : 0;
    last = sign;
    if (run < 8) text += String.fromCharCode(sign);
  }
  return text;
}
