/** Scripts: shell syntax of every step, and shellcheck's findings in those that a user wrote. */
import { spawnSync } from "node:child_process";
import type { AnyPipeline } from "../model.ts";
import { allJobs, steps } from "./parts.ts";

interface Script {
  readonly where: string;
  readonly text: string;
  readonly own: boolean;
}

const sound = new Set<string>();

/** A sound script is looked at once, however many pipelines have it. */
export function checkScripts(pipeline: AnyPipeline): string[] {
  const scripts = allJobs(pipeline).flatMap(([name, job]) =>
    steps(job).flatMap(([keyword, step, index]): Script[] =>
      "run" in step && !sound.has(step.run)
        ? [{ where: `${name}: ${keyword} step ${index + 1}`, text: step.run, own: step.own === true }]
        : [],
    ),
  );
  const problems = [...syntaxProblems(scripts), ...scripts.filter(({ own }) => own).flatMap(quotingProblems)];
  if (problems.length === 0) for (const { text } of scripts) sound.add(text);
  return problems;
}

function syntaxProblems(scripts: readonly Script[]): string[] {
  // One process for all of them. Braces keep a script from being completed by the next one.
  const all = scripts.map(({ text }, index) => `f${index}() {\n${text}\n}\n`).join("");
  if (shellProblem(all) === undefined) return [];
  return scripts.flatMap(({ where, text }) => {
    const problem = shellProblem(text);
    return problem === undefined ? [] : [`${where} is no valid shell: ${problem}`];
  });
}

/** What a POSIX shell says of a script's syntax; nothing where it has no objection, or where there is no shell. */
export function shellProblem(text: string): string | undefined {
  if (text === "") return undefined;
  const { status, stderr } = spawnSync("sh", ["-n"], { input: text, encoding: "utf8" });
  return status === 0 || status === null ? undefined : stderr.trim();
}

/**
 * Variables without quotes, and other slips, where shellcheck is installed: what its page calls a warning or an error,
 * and SC2086.
 * @see https://www.shellcheck.net/wiki/SC2086
 */
function quotingProblems({ where, text }: Script): string[] {
  const argv = ["--shell=sh", "--format=json1", "--exclude=SC2154", "-"];
  const { status, stdout } = spawnSync("shellcheck", argv, { input: text, encoding: "utf8" });
  if (status === null || stdout === "") return [];
  const { comments } = JSON.parse(stdout) as {
    comments: readonly { line: number; level: string; code: number; message: string }[];
  };
  return comments
    .filter(({ level, code }) => level === "error" || level === "warning" || code === 2086)
    .map(({ line, code, message }) => `${where}, line ${line}: ${message} (SC${code})`);
}
