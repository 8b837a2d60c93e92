/** What was found, bounded in number, with its severity. */

export const enum Severity {
  NONE,
  LOW,
  MEDIUM,
  HIGH,
  CRITICAL,
}

export const SEVERITIES: StaticArray<string> = ['none', 'low', 'medium', 'high', 'critical'];

/** More findings than this are counted, not listed. */
export const MOST_FINDINGS: i32 = 50;

export class Finding {
  constructor(
    readonly kind: string,
    readonly rule: string,
    readonly reason: string,
    public severity: Severity,
    readonly start: usize,
    readonly end: usize,
  ) {}
}

export let findings: Finding[] = [];
export let unlisted: i32 = 0;
export let worst: Severity = Severity.NONE;

export function clearFindings(): void {
  findings = [];
  unlisted = 0;
  worst = Severity.NONE;
}

/** What was found so far, to be brought back after another examination. */
export class Kept {
  constructor(
    readonly findings: Finding[],
    readonly unlisted: i32,
    readonly worst: Severity,
  ) {}
}

export function keepFindings(): Kept {
  return new Kept(findings, unlisted, worst);
}

export function bringBack(kept: Kept): void {
  findings = kept.findings;
  unlisted = kept.unlisted;
  worst = kept.worst;
}

export function found(kind: string, rule: string, reason: string, severity: Severity, start: usize, end: usize): void {
  if (severity > worst) worst = severity;
  for (let i = findings.length - 1; i >= 0 && i >= findings.length - 4; i--) {
    const other = findings[i];
    // One phrase that several ways lead to is one finding.
    if (other.kind == kind && other.rule == rule && other.end >= start) {
      if (severity > other.severity) other.severity = severity;
      return;
    }
  }
  if (findings.length >= MOST_FINDINGS) {
    // What decides the verdict is kept: it takes the place of something lesser.
    unlisted++;
    if (severity < Severity.HIGH) return;
    for (let i = 0; i < findings.length; i++) {
      if (findings[i].severity >= Severity.HIGH) continue;
      findings[i] = new Finding(kind, rule, reason, severity, start, end);
      return;
    }
    return;
  }
  findings.push(new Finding(kind, rule, reason, severity, start, end));
}
