/** Handlers of the capsule analyzer. */
import { Json, JsonWriter, Kind, publish, read, readJson, Reply, warn } from '@forge-cascade/overlay-sdk/guest';
import { Contradiction, contradictions, shinglesOf } from './comparison';
import { Keyword, keywordsOf } from './keywords';
import { judge, Quality } from './quality';
import { Prose, readProse, Sentence } from './sentences';
import { shared, summarise } from './summary';
import { isNumber, isStop, nextWord, stemHash, wordEnd, wordHash } from './words';

export { ov_alloc, ov_free } from '@forge-cascade/overlay-sdk/guest';

/** Of longer contents only this much is analysed. */
const MOST_BYTES: i32 = 131072;
const MOST_OTHERS: i32 = 5;
/** Of capsules that were stored together: how many bytes one call analyses. */
const MOST_TOGETHER: i32 = 1048576;
/** Capsules stored together by a person are compared with those like them; those of an import are too many. */
const MOST_COMPARED: f64 = 32;
const MOST_BYTES_COMPARED: i32 = 524288;
const DUPLICATE: f64 = 0.8;
const CONTAINED: f64 = 0.9;

class Other {
  constructor(
    readonly idAt: usize,
    readonly idLength: i32,
    readonly resemblance: f64,
    readonly contained: bool,
    readonly contradictions: Contradiction[],
  ) {}

  duplicate(): bool {
    return this.contained || this.resemblance >= DUPLICATE;
  }
}

class Result {
  summary: Sentence[] = [];
  keywords: Keyword[] = [];
  quality: Quality = new Quality();
  others: Other[] = [];
  truncated: bool = false;
  compared: bool = false;
}

export function health_check(_at: i32, _length: i32): i64 {
  const out = new JsonWriter(32);
  out.open().bool('healthy', true).close();
  return out.result();
}

/** `{"id"}`, or `{"content", "title"?, "others"?: [{"id", "content"}]}` → the analysis. */
export function analyze_capsule(at: i32, length: i32): i64 {
  const input = readJson(at, length);
  const content = input.field('content');
  if (content !== null && content.kind == Kind.TEXT) {
    const others: Json[] = [];
    const given = input.field('others');
    let item: Json | null = null;
    if (given !== null && given.kind == Kind.LIST) item = given.first;
    while (item !== null && others.length < MOST_OTHERS) {
      others.push(item);
      item = item.next;
    }
    const result = analyse(content, input.textOf('title').length > 0, input.field('title'), others, given !== null);
    const out = new JsonWriter(2048);
    write(out, input.textOf('id'), content, result);
    return out.result();
  }
  return analyseStored(input.textOf('id'), false);
}

/** A `capsule.created` or `capsule.versioned` event → the analysis, published as `capsule_analyzed` without any text. */
export function on_capsule(at: i32, length: i32): i64 {
  const payload = readJson(at, length).field('payload');
  return analyseStored(payload === null ? '' : payload.textOf('id'), true);
}

/** A `capsules.stored` event → what came of each capsule, published as `capsules_analyzed` without any text. */
export function on_capsules(at: i32, length: i32): i64 {
  const payload = readJson(at, length).field('payload');
  let ids: Json | null = null;
  let together: f64 = Infinity;
  if (payload !== null) {
    ids = payload.field('ids');
    together = payload.numberOf('together', Infinity);
  }
  const request = new JsonWriter(4096);
  request.open().text('type', 'capsules_analyzed').open('payload').openList('capsules');
  let analysed = 0;
  let unread = 0;
  let left = MOST_TOGETHER;
  let comparable = together <= MOST_COMPARED ? MOST_BYTES_COMPARED : 0;
  let item: Json | null = null;
  if (ids !== null && ids.kind == Kind.LIST) item = ids.first;
  while (item !== null) {
    const id = item.text();
    item = item.next;
    const stored = left > 0 ? readStored(id, comparable > 0) : null;
    if (stored === null) {
      unread++;
      continue;
    }
    left -= stored.content.length;
    comparable -= stored.bytes();
    request.open();
    writeFindings(request, id, stored.result);
    request.close();
    stored.free();
    analysed++;
  }
  request.closeList().close().close();
  if (analysed > 0) tell(request, 'capsules_analyzed');
  const out = new JsonWriter(128);
  out.open().int('analysed', analysed).int('unread', unread).close();
  return out.result();
}

/** A capsule with its analysis, while what the host told of it is at hand. */
class Stored {
  constructor(
    readonly content: Json,
    readonly result: Result,
    readonly others: Json[],
    readonly replies: Reply[],
  ) {}

  /** Of everything that was looked at. */
  bytes(): i32 {
    let sum = this.content.length;
    for (let i = 0; i < this.others.length; i++) {
      const content = this.others[i].field('content');
      if (content !== null) sum += content.length;
    }
    return sum;
  }

  free(): void {
    for (let i = 0; i < this.replies.length; i++) this.replies[i].free();
  }
}

/** Why the last capsule could not be read. */
let unreadable: string = '';

function readStored(id: string, comparing: bool): Stored | null {
  const request = new JsonWriter(128);
  request.open().text('op', 'capsule.get').open('args').text('id', id).close().close();
  const stored = read(request);
  const capsule = stored.ok;
  const content = contentOf(capsule);
  if (capsule === null || content === null || content.kind != Kind.TEXT) {
    unreadable = stored.error.length > 0 ? stored.error : 'NOT_FOUND';
    stored.free();
    return null;
  }
  const replies: Reply[] = [stored];
  const others: Json[] = [];
  const compared = comparing && similar(id, others, replies);
  const title = capsule.field('title');
  const titled = title !== null && title.kind == Kind.TEXT && title.length > 0;
  return new Stored(content, analyse(content, titled, title, others, compared), others, replies);
}

function analyseStored(id: string, telling: bool): i64 {
  if (id.length == 0) return refused('INVALID', 'content must be a text, or id name a capsule');
  const stored = readStored(id, true);
  if (stored === null) return refused(unreadable, 'the capsule cannot be read');
  const out = new JsonWriter(2048);
  write(out, id, stored.content, stored.result);
  if (telling) {
    const request = new JsonWriter(512);
    request.open().text('type', 'capsule_analyzed').open('payload');
    writeFindings(request, id, stored.result);
    request.close().close();
    tell(request, 'capsule_analyzed');
  }
  stored.free();
  return out.result();
}

function contentOf(capsule: Json | null): Json | null {
  if (capsule === null) return null;
  return capsule.field('content');
}

/** The capsules most like it, with their contents; false where the host does not tell. */
function similar(id: string, others: Json[], replies: Reply[]): bool {
  const request = new JsonWriter(128);
  request.open().text('op', 'capsule.similar').open('args').text('id', id).int('limit', MOST_OTHERS).close().close();
  const reply = read(request);
  replies.push(reply);
  const ok = reply.ok;
  let items: Json | null = null;
  if (ok !== null) items = ok.field('items');
  if (items === null || items.kind != Kind.LIST) {
    warn('similar capsules cannot be read: ' + reply.error);
    return false;
  }
  let item: Json | null = items.first;
  while (item !== null && others.length < MOST_OTHERS) {
    const capsule = item.field('capsule');
    if (capsule !== null) {
      const content = capsule.field('content');
      if (content !== null && content.kind == Kind.TEXT) others.push(capsule);
      else fetchContent(capsule.textOf('id'), others, replies);
    }
    item = item.next;
  }
  return true;
}

function fetchContent(id: string, others: Json[], replies: Reply[]): void {
  const request = new JsonWriter(128);
  request.open().text('op', 'capsule.get').open('args').text('id', id).close().close();
  const reply = read(request);
  replies.push(reply);
  const capsule = reply.ok;
  if (capsule !== null && capsule.kind == Kind.OBJECT) others.push(capsule);
}

function analyse(content: Json, titled: bool, title: Json | null, others: Json[], compared: bool): Result {
  const result = new Result();
  const length = cutAt(content.at, content.length);
  result.truncated = length < content.length;
  result.compared = compared;
  const prose = readProse(content.at, length);
  const words = title !== null && title.kind == Kind.TEXT ? stemsOf(title.at, title.length) : [];
  result.summary = summarise(prose, words);
  result.keywords = keywordsOf(prose, words);
  result.quality = judge(prose, content.at, length, titled);
  const shingles = shinglesOf(content.at, length);
  for (let i = 0; i < others.length; i++) result.others.push(compare(shingles, prose, others[i]));
  for (let i = 0; i < result.others.length; i++) {
    if (!result.others[i].duplicate()) continue;
    result.quality.add('duplicate', -0.15, 'a capsule says nearly the same');
    break;
  }
  return result;
}

/** Whole signs only. */
function cutAt(at: usize, length: i32): i32 {
  if (length <= MOST_BYTES) return length;
  let cut = MOST_BYTES;
  while (cut > 0 && (load<u8>(at + cut) & 0xc0) == 0x80) cut--;
  return cut;
}

function stemsOf(at: usize, length: i32): u32[] {
  const stems: u32[] = [];
  let p = at;
  while (stems.length < 64 && nextWord(p, at + length)) {
    if (!isNumber && !isStop(wordHash) && !stems.includes(stemHash)) stems.push(stemHash);
    p = wordEnd;
  }
  stems.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return stems;
}

function compare(shingles: u64[], prose: Prose, other: Json): Other {
  const id = other.field('id');
  const content = other.field('content');
  const idAt: usize = id === null || id.kind != Kind.TEXT ? <usize>0 : id.at;
  const idLength = id === null || id.kind != Kind.TEXT ? 0 : id.length;
  if (content === null || content.kind != Kind.TEXT) return new Other(idAt, idLength, 0, false, []);
  const length = cutAt(content.at, content.length);
  const theirs = shinglesOf(content.at, length);
  const both = shared(shingles, theirs);
  const either = shingles.length + theirs.length - both;
  const resemblance = either == 0 ? 0.0 : <f64>both / <f64>either;
  const contained = shingles.length >= 10 && <f64>both >= CONTAINED * <f64>shingles.length;
  return new Other(idAt, idLength, resemblance, contained, contradictions(prose, readProse(content.at, length)));
}

function write(out: JsonWriter, id: string, content: Json, result: Result): void {
  out.open();
  if (id.length > 0) out.text('id', id);
  else out.nothing('id');
  out.openList('summary');
  for (let i = 0; i < result.summary.length; i++) quote(out, '', result.summary[i], content.at);
  out.closeList().openList('keywords');
  for (let i = 0; i < result.keywords.length; i++) {
    const keyword = result.keywords[i];
    out
      .open()
      .bytes('term', keyword.start, <i32>(keyword.end - keyword.start))
      .number('score', Math.round(keyword.score * 1000) / 1000);
    out.int('count', keyword.count).close();
  }
  out.closeList().open('quality').number('score', result.quality.score()).openList('reasons');
  for (let i = 0; i < result.quality.reasons.length; i++) {
    const reason = result.quality.reasons[i];
    out.open().text('code', reason.code).number('effect', reason.effect).text('text', reason.text).close();
  }
  out.closeList().close().openList('duplicates');
  for (let i = 0; i < result.others.length; i++) {
    const other = result.others[i];
    if (!other.duplicate()) continue;
    out
      .open()
      .bytes('id', other.idAt, other.idLength)
      .number('resemblance', other.resemblance)
      .bool('contained', other.contained)
      .close();
  }
  out.closeList().openList('contradictions');
  for (let i = 0; i < result.others.length; i++) {
    const other = result.others[i];
    for (let j = 0; j < other.contradictions.length; j++) {
      const item = other.contradictions[j];
      out.open().bytes('id', other.idAt, other.idLength).text('kind', item.kind).number('alike', item.alike);
      quote(out, 'own', item.own, content.at);
      out.bytes('other', item.other.start, <i32>(item.other.end - item.other.start)).close();
    }
  }
  out.closeList().bool('compared', result.compared).bool('truncated', result.truncated).close();
}

function quote(out: JsonWriter, key: string, sentence: Sentence, from: usize): void {
  const start = units(from, sentence.start);
  out
    .open(key)
    .bytes('text', sentence.start, <i32>(sentence.end - sentence.start))
    .int('start', start);
  out.int('end', start + units(sentence.start, sentence.end)).close();
}

/** Units of UTF-16 between two places. */
function units(from: usize, to: usize): i32 {
  let count = 0;
  for (let p = from; p < to; p++) {
    const c = load<u8>(p);
    if (c < 128 || c >= 0xc0) count += c >= 0xf0 ? 2 : 1;
  }
  return count;
}

/** What others may learn of an analysis: no text of the capsule, nor of another one. */
function writeFindings(out: JsonWriter, id: string, result: Result): void {
  out.text('id', id).number('quality', result.quality.score()).openList('reasons');
  for (let i = 0; i < result.quality.reasons.length; i++) out.text('', result.quality.reasons[i].code);
  out.closeList().bool('compared', result.compared).openList('duplicates');
  for (let i = 0; i < result.others.length; i++) {
    const other = result.others[i];
    if (other.duplicate()) out.bytes('', other.idAt, other.idLength);
  }
  out.closeList().openList('contradictions');
  for (let i = 0; i < result.others.length; i++) {
    const other = result.others[i];
    for (let j = 0; j < other.contradictions.length; j++) {
      out.open().bytes('id', other.idAt, other.idLength).text('kind', other.contradictions[j].kind).close();
    }
  }
  out.closeList();
}

function tell(request: JsonWriter, type: string): void {
  const reply = publish(request);
  if (reply.error.length > 0) warn(type + ' was not published: ' + reply.error);
  reply.free();
}

function refused(code: string, message: string): i64 {
  const out = new JsonWriter(128);
  out.open().open('error').text('code', code).text('message', message).close().close();
  return out.result();
}
