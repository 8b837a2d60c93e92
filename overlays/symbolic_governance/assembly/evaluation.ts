/** A proposal held against the rules of the constitution's articles. */
import { Json, JsonWriter, Kind } from '@forge-cascade/overlay-sdk/guest';
import { Truth, truthOf, unknownBecause } from './condition';
import { conditionFault } from './condition-form';

export const enum Verdict {
  COMPLIANT,
  REVIEW,
  VIOLATION,
}

const VERDICTS: StaticArray<string> = ['compliant', 'review', 'violation'];

class Evaluation {
  verdict: Verdict = Verdict.COMPLIANT;
  supermajority: bool = false;
  rules: i32 = 0;
  findings: JsonWriter = new JsonWriter().openList();

  worsen(verdict: Verdict): void {
    if (verdict > this.verdict) this.verdict = verdict;
  }
}

/** @param articles a list of objects with `id` and a list of `rules` */
export function evaluated(proposal: Json, articles: Json): JsonWriter {
  const evaluation = new Evaluation();
  let article = articles.first;
  while (article !== null) {
    const rules = article.field('rules');
    let rule: Json | null = rules === null ? null : rules.first;
    for (let number = 1; rule !== null; number++) {
      apply(evaluation, article, rule, number, proposal);
      rule = rule.next;
    }
    article = article.next;
  }
  const out = new JsonWriter().open().text('verdict', VERDICTS[evaluation.verdict]);
  out.bool('supermajority', evaluation.supermajority).int('rules', evaluation.rules);
  return out.json('findings', evaluation.findings.closeList()).close();
}

function apply(evaluation: Evaluation, article: Json, rule: Json, number: i32, proposal: Json): void {
  evaluation.rules++;
  const effect = rule.textOf('effect');
  // A rule nobody can read must not let a proposal pass by it.
  let unread = ruleFault(rule, effect);
  if (unread.length == 0) {
    const strikes = strikesAt(rule, effect, proposal);
    if (strikes == Truth.NO) return;
    if (strikes == Truth.UNKNOWN) unread = unknownBecause;
  }
  if (unread.length > 0) evaluation.worsen(Verdict.REVIEW);
  else if (effect == 'forbid' || effect == 'require') evaluation.worsen(Verdict.VIOLATION);
  else if (effect == 'review') evaluation.worsen(Verdict.REVIEW);
  else evaluation.supermajority = true;
  const id = rule.textOf('id');
  const out = evaluation.findings.open().copy('article', article.field('id'));
  out.text('rule', id.length > 0 ? id : '#' + number.toString());
  out.text('effect', unread.length > 0 ? 'unreadable' : effect);
  out.text('reason', unread.length > 0 ? unread : rule.textOf('reason')).close();
}

function strikesAt(rule: Json, effect: string, proposal: Json): Truth {
  const when = rule.field('when');
  const concerned = when === null || when.kind == Kind.NULL ? Truth.YES : truthOf(when, proposal);
  const must: Json | null = effect == 'require' ? rule.field('must') : null;
  if (must === null || concerned == Truth.NO) return concerned;
  if (concerned == Truth.UNKNOWN) return concerned;
  const met = truthOf(must, proposal);
  return met == Truth.YES ? Truth.NO : met == Truth.NO ? Truth.YES : met;
}

function ruleFault(rule: Json, effect: string): string {
  if (rule.kind != Kind.OBJECT) return 'a rule must be an object';
  if (!known(effect)) return effect.length > 0 ? 'unknown effect ' + effect : 'a rule needs an `effect`';
  const when = rule.field('when');
  const whenFault = when === null || when.kind == Kind.NULL ? '' : conditionFault(when);
  if (whenFault.length > 0 || effect != 'require') return whenFault;
  const must = rule.field('must');
  return must === null ? '`require` needs `must`' : conditionFault(must);
}

function known(effect: string): bool {
  return effect == 'forbid' || effect == 'require' || effect == 'review' || effect == 'supermajority';
}
