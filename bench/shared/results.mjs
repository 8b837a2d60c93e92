/** What every bench leaves behind: a table for whoever runs it, and a file that `bench/report.mjs` reads. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';

const loadAtStart = loadavg()[0];

/** A measured figure with what was asked of it; `asked` null only reports. `beside` is a peer measured in the same run. */
export function figure(name, unit, measured, { atMost = null, atLeast = null, beside = null } = {}) {
  return { name, unit, measured: rounded(measured), atMost, atLeast, beside: beside === null ? null : rounded(beside) };
}

/** Whether a figure is as good as was asked; null when nothing was asked. */
export function reached({ measured, atMost, atLeast }) {
  if (atMost !== null) return measured <= atMost;
  return atLeast === null ? null : measured >= atLeast;
}

export const asked = ({ atMost, atLeast }) =>
  atMost !== null ? `≤ ${atMost}` : atLeast !== null ? `≥ ${atLeast}` : '';

/** Prints the figures and writes `bench/results/NAME.json`. `besideIs` names the peer of the `beside` column. */
export function saveResult({ bench, setup, figures, besideIs = null, details = {} }) {
  console.table(
    Object.fromEntries(
      figures.map((f) => [
        f.name,
        {
          asked: asked(f),
          measured: f.measured,
          unit: f.unit,
          ...(besideIs === null ? {} : { [besideIs]: f.beside ?? '' }),
        },
      ]),
    ),
  );
  const machine = { cores: availableParallelism(), node: process.version, loadAtStart: rounded(loadAtStart) };
  const date = new Date().toISOString().slice(0, 10);
  const folder = new URL('../results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const text = JSON.stringify({ bench, date, machine, setup, besideIs, figures, details }, null, 2);
  writeFileSync(new URL(`${bench}.json`, folder), `${text}\n`);
}

/** Three significant digits: what a repetition on the same machine would confirm at best. */
export function rounded(value) {
  return Number(value.toPrecision(3));
}
