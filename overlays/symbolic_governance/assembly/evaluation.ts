/** A proposal held against the rules of the constitution's articles. */
import { Json, JsonWriter, Kind } from '@forge-cascade/overlay-sdk/guest';
import { clearFault, conditionFault, holds } from './condition';

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

/** @param articles a list; null stands for none */
export function evaluated(proposal: Json, articles: Json | null): JsonWriter {
  const evaluation = new Evaluation();
  let article: Json | null = articles === null ? null : articles.first;
  while (article !== null) {
    const rules = article.field('rules');
    let rule: Json | null = rules === null ? null : rules.first;
    while (rule !== null) {
      apply(evaluation, article, rule, proposal);
      rule = rule.next;
    }
    article = article.next;
  }
  const out = new JsonWriter().open().text('verdict', VERDICTS[evaluation.verdict]);
  out.bool('supermajority', evaluation.supermajority).int('rules', evaluation.rules);
  return out.json('findings', evaluation.findings.closeList()).close();
}

function apply(evaluation: Evaluation, article: Json, rule: Json, proposal: Json): void {
  evaluation.rules++;
  const effect = rule.textOf('effect');
  clearFault();
  const when = rule.field('when');
  const concerned = when === null || when.kind == Kind.NULL || holds(when, proposal);
  let strikes = concerned;
  if (effect == 'require' && concerned && conditionFault.length == 0) {
    const must = rule.field('must');
    strikes = must === null || !holds(must, proposal);
  }
  // A rule nobody can read must not let a proposal pass by it.
  const unread = conditionFault.length > 0 || !known(effect);
  if (!strikes && !unread) return;
  if (unread) evaluation.worsen(Verdict.REVIEW);
  else if (effect == 'forbid' || effect == 'require') evaluation.worsen(Verdict.VIOLATION);
  else if (effect == 'review') evaluation.worsen(Verdict.REVIEW);
  else evaluation.supermajority = true;
  const out = evaluation.findings.open().copy('article', article.field('id')).copy('rule', rule.field('id'));
  out.text('effect', unread ? 'unreadable' : effect);
  if (unread) out.text('reason', conditionFault.length > 0 ? conditionFault : 'unknown effect ' + effect);
  else out.copy('reason', rule.field('reason'));
  out.close();
}

function known(effect: string): bool {
  return effect == 'forbid' || effect == 'require' || effect == 'review' || effect == 'supermajority';
}
