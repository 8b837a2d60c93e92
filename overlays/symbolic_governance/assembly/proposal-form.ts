/** What a proposal and the articles it is held against must be; what has another form is refused, by the field's name. */
import { Json, Kind } from '@forge-cascade/overlay-sdk/guest';

const CATEGORIES: StaticArray<string> = ['policy', 'configuration', 'trust', 'overlay', 'constitution'];

/** What is wrong with a proposal; empty where nothing is. */
export function proposalFault(proposal: Json | null): string {
  if (proposal === null || proposal.kind != Kind.OBJECT) return '`proposal` must be an object';
  if (!hasText(proposal, 'title')) return '`proposal.title` must be a text';
  if (!hasText(proposal, 'rationale')) return '`proposal.rationale` must be a text';
  if (!CATEGORIES.includes(proposal.textOf('category')))
    return '`proposal.category` must be one of ' + CATEGORIES.join(', ');
  const actions = proposal.field('actions');
  if (actions === null || actions.kind != Kind.LIST || actions.first === null)
    return '`proposal.actions` must be a list of at least one action';
  let action = actions.first;
  for (let i = 0; action !== null; i++) {
    const fault = actionFault(action, '`proposal.actions[' + i.toString() + ']');
    if (fault.length > 0) return fault;
    action = action.next;
  }
  return '';
}

function actionFault(action: Json, where: string): string {
  if (action.kind != Kind.OBJECT) return where + '` must be an object';
  if (!hasText(action, 'kind')) return where + '.kind` must be a text';
  if (!hasText(action, 'target')) return where + '.target` must be a text';
  const parameters = action.field('parameters');
  if (parameters !== null && parameters.kind != Kind.OBJECT) return where + '.parameters` must be an object';
  return '';
}

/** What is wrong with the articles around their rules; empty where nothing is. Rules are read one by one. */
export function articlesFault(articles: Json | null): string {
  if (articles === null || articles.kind != Kind.LIST) return '`articles` must be a list';
  let article = articles.first;
  for (let i = 0; article !== null; i++) {
    const where = '`articles[' + i.toString() + ']';
    if (article.kind != Kind.OBJECT) return where + '` must be an object';
    if (!hasText(article, 'id')) return where + '.id` must be a text';
    const rules = article.field('rules');
    if (rules === null || rules.kind != Kind.LIST) return where + '.rules` must be a list';
    article = article.next;
  }
  return '';
}

function hasText(value: Json, name: string): bool {
  const text = value.field(name);
  return text !== null && text.kind == Kind.TEXT && text.length > 0;
}
