/** Programs that are measured from outside, each run in a process of its own. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Figure {
  /** From the process's start to its end. */
  readonly seconds: number;
  /** Processor time of all its threads: what else the computer does changes it little. */
  readonly cpuSeconds: number;
  /** Peak memory. */
  readonly megabytes: number;
}

interface Report {
  readonly maxRssKb: number;
  readonly cpuSeconds: number;
}

/** What a measured program prints in its last line. */
export function report(): string {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  return JSON.stringify({
    maxRssKb: maxRSS,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
  } satisfies Report);
}

/** @param program prints {@link report}. */
export function timedProcess(program: URL, argv: readonly string[]): Figure {
  const start = process.hrtime.bigint();
  const output = execFileSync(process.execPath, [fileURLToPath(program), ...argv], { encoding: "utf8" });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { maxRssKb, cpuSeconds } = JSON.parse(output.trim().split("\n").at(-1) ?? "{}") as Report;
  return { seconds, cpuSeconds, megabytes: maxRssKb / 1024 };
}
