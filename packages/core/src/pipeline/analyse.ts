/**
 * Runs the analysers of a phase side by side. One that fails, stalls or is missing leaves `fallback: true` in its place
 * and nothing more: its error may quote what a person wrote.
 * @module
 */
import type { JsonObject, JsonValue } from '../ledger/json.js';
import type { AnalysedPhase, AnalysedRun, PhaseAnalyser } from './phase.js';

export interface AnalyserReport {
  readonly name: string;
  /** Null exactly when `fallback` is true. */
  readonly report: JsonValue;
  readonly fallback: boolean;
}

/** Reports in the order of the analysers, filled in as they arrive, so that a deadline keeps those already made. */
export class PhaseReports {
  readonly #analysers: readonly PhaseAnalyser[];
  readonly #reports: (JsonValue | undefined)[];

  constructor(analysers: readonly PhaseAnalyser[]) {
    this.#analysers = analysers;
    this.#reports = analysers.map(() => undefined);
  }

  /** Resolves when every analyser has ended; never rejects. */
  async collect(input: JsonObject, signal: AbortSignal, run: AnalysedRun): Promise<void> {
    await Promise.all(
      this.#analysers.map(async (analyser, index) => {
        try {
          const report = await analyser.run(structuredClone(input) as JsonObject, signal, run);
          if (!signal.aborted) this.#reports[index] = report;
        } catch {
          // Its place stays empty, which is what a fallback is.
        }
      }),
    );
  }

  read(): readonly AnalyserReport[] {
    return this.#analysers.map(({ name }, index) => {
      const report = this.#reports[index];
      return report === undefined ? { name, report: null, fallback: true } : { name, report, fallback: false };
    });
  }
}

/** The first report that has a finite number under `field`, or `otherwise`. */
export function reportedNumber(reports: readonly AnalyserReport[], field: string, otherwise: number): number {
  for (const { report } of reports) {
    const value = fieldOf(report, field);
    if (typeof value === 'number' && Number.isFinite(value)) return value;
  }
  return otherwise;
}

export function fieldOf(report: JsonValue, field: string): JsonValue | undefined {
  if (typeof report !== 'object' || report === null || Array.isArray(report)) return undefined;
  return (report as JsonObject)[field];
}

/** What the ledger and the metrics keep of a phase: who reported, and who did not. */
export function receiptsOf(phase: AnalysedPhase, reports: readonly AnalyserReport[]): readonly JsonObject[] {
  return reports.map(({ name, fallback }) => (fallback ? { phase, name, fallback } : { phase, name }));
}
