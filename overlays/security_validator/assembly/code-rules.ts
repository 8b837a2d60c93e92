/** SQL, Cypher and command injection: the break-out or the bare statement, never the keyword alone. */
import * as D from './dictionary';
import { wordAt, wordEnd } from './dictionary';
import { found, Severity } from './findings';
import { asks, capsule, inQuotes, isDiscussed, questioned } from './setting';
import { at, end, find, isAt, isDigit, isLetter, isSpace, isWord, isWordAt, skipSpace, start } from './text';

/** A capsule may hold code; only one that is hardly more than an attack is refused. */
const SHORT: usize = 200;

function report(kind: string, rule: string, reason: string, from: usize, to: usize): void {
  let severity = Severity.HIGH;
  if (capsule)
    severity = end - start <= SHORT && !isDiscussed(from, to) && !inQuotes(from, to) ? Severity.MEDIUM : Severity.LOW;
  else if (
    asks &&
    (isDiscussed(from, to) || (inQuotes(from, to) && kind == 'command_injection') || opensQuotation(from))
  )
    severity = Severity.LOW;
  found(kind, rule, reason, severity, from, min(end, to));
}

/** Whether the mark before is one that opens a quotation which is closed later: what stands inside is asked about. */
function opensQuotation(from: usize): bool {
  const mark = at(from - 1);
  if ((mark != 34 && mark != 39) || at(from - 2) != 32) return false;
  const limit = min(end, from + 120);
  for (let p = from; p < limit; p++) if (at(p) == mark && !isWord(at(p + 1))) return true;
  return false;
}

function sql(rule: string, reason: string, from: usize, to: usize): void {
  report('sql_injection', rule, reason, from, to);
}

function cypher(rule: string, reason: string, from: usize, to: usize): void {
  report('cypher_injection', rule, reason, from, to);
}

function command(rule: string, reason: string, from: usize, to: usize): void {
  report('command_injection', rule, reason, from, to);
}

function closing(p: usize): usize {
  for (let i = 0; i < 8; i++) {
    p = skipSpace(p);
    const c = at(p);
    if (c != 41 && c != 125 && c != 93) return p;
    p++;
  }
  return p;
}

/** What follows a quotation mark that closes a literal, or (`digit`) a number. */
export function afterLiteral(p: usize, digit: bool): void {
  let q = skipSpace(p);
  const c0 = at(q);
  if (c0 == 41 || c0 == 125 || c0 == 93) {
    q = closing(q);
    if (!digit) breakOut(p, q);
  }
  const c = at(q);
  if (c == 59) stacked(p, skipSpace(q + 1));
  else if (isLetter(c)) {
    const mask = wordAt(q);
    const next = wordEnd;
    if ((mask & D.LOGIC) != 0) {
      if (tautology(p, next, digit)) return;
      if (!digit) predicate(p, q, next);
      delay(p, skipSpace(next));
    } else if (isWordAt(q, 'union')) {
      let s = skipSpace(q + 5);
      if (isWordAt(s, 'all')) s = skipSpace(s + 3);
      if (isWordAt(s, 'select') && (!digit || numberOpens(p))) sql('union', 'a second query is joined on', p, s + 6);
    }
  }
  if (!digit) comment(p, c == 59 ? skipSpace(q + 1) : q);
}

function numberOpens(p: usize): bool {
  while (p > start && isDigit(at(p - 1))) p--;
  if (at(p - 1) == 45) p--;
  while (p > start && isSpace(at(p - 1))) p--;
  return p == start || at(p - 1) == 61;
}

/** `'' = ''`, `1=1`, `'a'='a`. */
function equation(p: usize): usize {
  p = skipSpace(p);
  while (at(p) == 40) p = skipSpace(p + 1);
  let c = at(p);
  const quote: u8 = c == 39 || c == 34 ? c : 0;
  if (quote != 0) p++;
  const from = p;
  while (isWord(at(p)) && p - from < 32) p++;
  const length = p - from;
  if (length == 0 && quote == 0) return 0;
  if (quote != 0) {
    if (at(p) != quote) return 0;
    p++;
  }
  p = skipSpace(p);
  if (at(p) != 61) return 0;
  p = skipSpace(p + 1);
  if (quote != 0) {
    if (at(p) != quote) return 0;
    p++;
  }
  for (let i: usize = 0; i < length; i++) if (at(p + i) != at(from + i)) return 0;
  return isWord(at(p + length)) ? 0 : p + length;
}

function tautology(p: usize, next: usize, digit: bool): bool {
  const to = equation(next);
  if (to == 0) return false;
  if (digit) {
    const q = skipSpace(to);
    const c = at(q);
    if (!(c == 0 || c == 59 || c == 35 || (c == 45 && at(q + 1) == 45) || isWordAt(q, 'union'))) return false;
  }
  sql('tautology', 'a condition that always holds', p, to);
  return true;
}

function stacked(p: usize, q: usize): void {
  const mask = wordAt(q);
  if ((mask & D.SQL_VERB) == 0) return;
  const object = skipSpace(wordEnd);
  if (isWordAt(q, 'waitfor') && isWordAt(object, 'delay'))
    return sql('blind', 'a delay that tells an attacker something', p, object + 5);
  const groups = wordAt(object);
  const after = wordEnd;
  if (
    (groups & D.SQL_OBJECT) != 0 ||
    isAt(object, 'xp_') ||
    (isWordAt(q, 'update') && isWordAt(skipSpace(after), 'set')) ||
    isWordAt(q, 'shutdown')
  )
    sql('stacked', 'a second statement is appended', p, after);
}

/** `; EXEC xp_cmdshell` behind anything. */
export function statementAfterSemicolon(p: usize): void {
  const q = skipSpace(p + 1);
  if (!isWordAt(q, 'exec') && !isWordAt(q, 'execute')) return;
  if (find(q, 40, 'xp_cmdshell') != 0) sql('procedure', 'a system procedure is called', p, q + 20);
}

function delay(p: usize, q: usize): void {
  for (let i = 0; i < 3; i++) {
    if (at(q) == 40) q = skipSpace(q + 1);
    if (isWordAt(q, 'select')) q = skipSpace(q + 6);
  }
  const name = isWordAt(q, 'sleep') || isWordAt(q, 'benchmark') || isWordAt(q, 'pg_sleep') || isAt(q, 'waitfor delay');
  if (!name) return;
  sql('blind', 'a delay that tells an attacker something', p, q + 5);
}

function comment(p: usize, q: usize): void {
  const dashes = at(q) == 45 && at(q + 1) == 45;
  if (!dashes && !(at(q) == 47 && at(q + 1) == 42)) return;
  if (skipSpace(q + 2) < end) return;
  // A closed literal in front of a dash is prose; a lone quotation mark breaks out.
  sql('comment', 'the rest of a statement is cut off', p, q + 2);
}

function breakOut(p: usize, q: usize): void {
  if ((wordAt(q) & D.GRAPH_VERB) == 0) return;
  const next = wordEnd;
  const limit = min(end, next + 300);
  for (let r = next; r < limit; r++) {
    const c = at(r);
    if (c == 40 || (c == 47 && at(r + 1) == 47)) return cypher('break-out', 'a clause behind a closed literal', p, r);
    if (c == 32 && (isWordAt(r + 1, 'return') || isWordAt(r + 1, 'delete') || isWordAt(r + 1, 'set')))
      return cypher('break-out', 'a clause behind a closed literal', p, r);
  }
}

function predicate(p: usize, q: usize, next: usize): void {
  if (!isWordAt(q, 'or')) return;
  let r = skipSpace(next);
  const word = r;
  while (isWord(at(r)) || at(r) == 46) r++;
  if (r == word) return;
  const truth = isWordAt(word, 'true');
  const s = skipSpace(r);
  if (!truth && at(s) != 61 && !(at(s) == 60 && at(s + 1) == 62) && !isAt(s, 'is not')) return;
  const limit = min(end, s + 300);
  for (let t = r; t < limit; t++) {
    const c = at(t);
    if (
      (c == 47 && at(t + 1) == 47) ||
      (c == 32 && (isWordAt(t + 1, 'return') || isWordAt(t + 1, 'with') || isWordAt(t + 1, 'delete')))
    )
      return cypher('predicate', 'a condition that always holds', p, t);
  }
}

/** A query that is nothing but a statement. */
export function bareStatement(): void {
  if (capsule || questioned) return;
  const p = skipSpace(start);
  const second = secondWord(p);
  const third = second == 0 ? 0 : secondWord(second);
  if (isWordAt(p, 'match') || isWordAt(p, 'optional')) {
    const paren = isWordAt(p, 'match') ? skipSpace(p + 5) : find(p, 24, '(');
    if (at(paren) != 40) return;
    for (let q = paren; q < min(end, paren + 700); q++) {
      if (at(q) != 41 && at(q) != 32) continue;
      const r = skipSpace(q + 1);
      if (
        (isWordAt(r, 'detach') || isWordAt(r, 'delete') || isWordAt(r, 'set') || isWordAt(r, 'remove')) &&
        secondWord(r) != 0
      )
        return cypher('statement', 'a statement that writes', p, r + 6);
    }
  } else if (isWordAt(p, 'call')) {
    if (isAt(second, 'dbms.') || isAt(second, 'apoc.') || isAt(second, 'db.'))
      cypher('statement', 'a procedure is called', p, second + 5);
  } else if (isAt(p, 'load csv')) cypher('statement', 'a file is loaded', p, p + 8);
  else if (isWordAt(p, 'drop') || isWordAt(p, 'truncate')) {
    if ((isWordAt(second, 'table') || isWordAt(second, 'database')) && endsAfter(third))
      sql('statement', 'a statement that writes', p, third);
  } else if (isWordAt(p, 'delete')) {
    if (isWordAt(second, 'from') && third != 0 && (endsAfter(third) || isWordAt(secondWord(third), 'where')))
      sql('statement', 'a statement that writes', p, third);
  } else if (isWordAt(p, 'update')) {
    if (isWordAt(third, 'set') && find(third, 60, '=') != 0) sql('statement', 'a statement that writes', p, third + 3);
  } else if (isWordAt(p, 'insert') && isWordAt(second, 'into') && find(p, 400, 'values') != 0)
    sql('statement', 'a statement that writes', p, second + 4);
}

function secondWord(p: usize): usize {
  while (isWord(at(p))) p++;
  const q = skipSpace(p);
  return q > p && isWord(at(q)) ? q : 0;
}

function endsAfter(p: usize): bool {
  if (p == 0) return false;
  while (isWord(at(p)) || at(p) == 46) p++;
  p = skipSpace(p);
  if (at(p) == 59) p = skipSpace(p + 1);
  return p >= end || (at(p) == 45 && at(p + 1) == 45);
}

/** What follows `;`, `|`, `&&` or `$(`. */
export function chained(p: usize, q: usize): void {
  q = skipSpace(q);
  let mask = wordAt(q);
  if ((mask & D.COMMAND) == 0) return;
  if (isWordAt(q, 'sudo')) {
    q = skipSpace(wordEnd);
    mask = wordAt(q);
  }
  const next = wordEnd;
  const arg = skipSpace(next);
  const c = at(arg);
  let bad = false;
  if (isWordAt(q, 'rm')) bad = c == 45 && isLetterOrDash(at(arg + 1));
  else if (isWordAt(q, 'nc') || isWordAt(q, 'ncat'))
    bad = (c == 45 && isLetterOrDash(at(arg + 1))) || isHostAndPort(arg);
  else if (isWordAt(q, 'curl') || isWordAt(q, 'wget')) bad = arg > next && c > 32;
  else if (isWordAt(q, 'sh') || isWordAt(q, 'bash') || isWordAt(q, 'zsh') || isWordAt(q, 'ksh'))
    bad =
      (c == 45 && ((at(arg + 1) | 32) == 99 || (at(arg + 1) | 32) == 105)) ||
      (at(p) == 124 && (fetched(p) || isWhole(p, next)));
  else if (isWordAt(q, 'cat') || isWordAt(q, 'less') || isWordAt(q, 'head') || isWordAt(q, 'tail'))
    bad = c == 47 && isLetter(at(arg + 1));
  else if (isWordAt(q, 'chmod')) bad = (c >= 48 && c <= 55) || c == 43;
  else if (isWordAt(q, 'python') || isWordAt(q, 'python3')) bad = isAt(arg, '-c');
  else if (isWordAt(q, 'perl') || isWordAt(q, 'ruby')) bad = isAt(arg, '-e');
  else if (isWordAt(q, 'dd')) bad = isAt(arg, 'if=');
  else if (isWordAt(q, 'id')) bad = c == 59 || c == 41 || c == 38 || c == 124;
  else if (isWordAt(q, 'powershell') || isWordAt(q, 'whoami') || isWordAt(q, 'mkfs')) bad = true;
  else if (isWordAt(q, 'shutdown') || isWordAt(q, 'reboot')) bad = c == 45 || isWordAt(arg, 'now') || arg >= end;
  if (bad) command('chained', 'a command is appended', p, next);
}

function isLetterOrDash(c: u8): bool {
  return isLetter(c) || c == 45;
}

/** `10.0.0.1 4444`. */
function isHostAndPort(p: usize): bool {
  let dots = 0;
  while (isWord(at(p)) || at(p) == 46 || at(p) == 45) {
    if (at(p) == 46) dots++;
    p++;
  }
  if (dots == 0 || at(p) != 32) return false;
  const port = ++p;
  while (isDigit(at(p))) p++;
  return p - port >= 2 && p - port <= 5 && !isWord(at(p));
}

/** Whether something is piped into a shell with nothing behind it, which no cell of a table or list of shells is. */
function isWhole(p: usize, next: usize): bool {
  while (at(next) == 32) next++;
  const c = at(next);
  if (next < end && c != 10 && c != 59 && c != 38 && c != 34 && c != 39 && c != 96) return false;
  let line = p;
  const limit = p - start > 400 ? p - 400 : start;
  while (line > limit && at(line - 1) != 10) {
    line--;
    if (at(line) == 124 && line < p && at(line - 1) != 124) return false;
  }
  let word = p;
  while (word > line && isSpace(at(word - 1))) word--;
  while (word > line && isWord(at(word - 1))) word--;
  return !isWordAt(word, 'sh') && !isWordAt(word, 'bash') && !isWordAt(word, 'zsh') && !isWordAt(word, 'fish');
}

function fetched(p: usize): bool {
  const from = p - start > 120 ? p - 120 : start;
  for (let q = from; q < p; q++)
    if ((at(q) | 32) == 99 || (at(q) | 32) == 119) if (isWordAt(q, 'curl') || isWordAt(q, 'wget')) return true;
  return false;
}

/** A backtick at which a substitution begins that ends the text. */
export function substituted(p: usize): void {
  if (capsule) return;
  const q = skipSpace(p + 1);
  if (!isWordAt(q, 'curl') && !isWordAt(q, 'wget') && !isAt(q, 'cat /etc/') && !isAt(q, 'nc -e')) return;
  const close = find(q, 300, '`');
  if (close == 0 || skipSpace(close + 1) < end) return;
  if ((isWordAt(q, 'curl') || isWordAt(q, 'wget')) && find(q, 300, '|') == 0) return;
  command('substitution', 'a command in place of a value', p, close + 1);
}

export function device(p: usize): void {
  let q = p + 1;
  if (at(q) == 38) q++;
  q = skipSpace(q);
  if (isAt(q, '/dev/tcp/')) command('device', 'a connection by redirection', p, q + 9);
}

export function traversal(p: usize): void {
  if (!isAt(p, '../../') || at(p - 1) == 47) return;
  let q = p;
  while (isAt(q, '../')) q += 3;
  if (
    isAt(q, 'etc/') ||
    isAt(q, 'proc/') ||
    isAt(q, 'root/') ||
    isAt(q, 'home/') ||
    isAt(q, 'var/') ||
    isAt(q, 'windows/')
  )
    command('traversal', 'a path that leaves its folder', p, q + 4);
}
