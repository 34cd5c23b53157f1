/** Programs that are measured from outside, each run in a process of its own. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Figure {
  /** From the process's start to its end. */
  readonly seconds: number;
  /** Peak memory. */
  readonly megabytes: number;
}

/** @param program prints `{"maxRssKb": …}` in its last line. */
export function timedProcess(program: URL, argv: readonly string[]): Figure {
  const start = process.hrtime.bigint();
  const output = execFileSync(process.execPath, [fileURLToPath(program), ...argv], { encoding: "utf8" });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { maxRssKb } = JSON.parse(output.trim().split("\n").at(-1) ?? "{}") as { maxRssKb: number };
  return { seconds, megabytes: maxRssKb / 1024 };
}
