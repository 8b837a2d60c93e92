/**
 * Writes the results table of `bench/README.md` from `bench/results/*.json`: what was asked beside what was measured.
 *
 *   node bench/report.mjs [--check]
 *
 * With `--check` nothing is written; exit code 1 when the table is not what the results say.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { asked, reached } from './shared/results.mjs';

const { values: args } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const results = new URL('./results/', import.meta.url);
const readme = new URL('./README.md', import.meta.url);
const BEGIN = '<!-- results: written by bench/report.mjs -->';
const END = '<!-- end of results -->';

const text = readFileSync(readme, 'utf8');
const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
if (begin < 0 || end < begin) throw new Error('bench/README.md has lost the marks between which results stand');
const written = `${text.slice(0, begin)}${BEGIN}\n${sections()}\n${text.slice(end)}`;

if (!args.check) {
  writeFileSync(readme, written);
} else if (written !== text) {
  console.error('bench/README.md does not show the results that are kept: run node bench/report.mjs');
  process.exitCode = 1;
}

function sections() {
  const files = readdirSync(results).filter((name) => name.endsWith('.json'));
  const found = files
    .sort()
    .map((name) => ({ name, result: JSON.parse(readFileSync(new URL(name, results), 'utf8')) }));
  const tables = found.filter(({ result }) => Array.isArray(result.figures)).map(({ result }) => table(result));
  // Some benches measure quality, not time, and keep files of a shape of their own.
  const others = found
    .filter(({ result }) => !Array.isArray(result.figures))
    .map(({ name }) => `[${name}](results/${name})`);
  return [...tables, ...(others.length > 0 ? [`\nOther results: ${others.join(', ')}.`] : [])].join('\n');
}

function table({ bench, date, machine, setup, besideIs, figures }) {
  const beside = besideIs === null ? [] : [besideIs];
  const header = ['', 'asked', 'measured', ...beside, ''];
  const rows = figures.map((figure) => [
    figure.name,
    asked(figure) === '' ? '' : `${asked(figure)} ${figure.unit}`,
    `${grouped(figure.measured)} ${figure.unit}`,
    ...beside.map(() => (figure.beside === null ? '' : `${grouped(figure.beside)} ${figure.unit}`)),
    { true: 'reached', false: '**missed**', null: '' }[String(reached(figure))],
  ]);
  const given = Object.entries(setup).map(
    ([name, value]) => `${words(name)} ${typeof value === 'number' ? grouped(value) : value}`,
  );
  const { cores, node, loadAtStart } = machine;
  return [
    `\n### ${bench}\n`,
    `${date}, ${cores} cores, Node ${node}, load ${loadAtStart} when it began; ${given.join(', ')}.\n`,
    ...[header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n');
}

function words(name) {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function grouped(value) {
  return value.toLocaleString('en-US', { maximumFractionDigits: 3 });
}
