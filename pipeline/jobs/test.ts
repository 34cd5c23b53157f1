/** Guards behaviour: runs the project's own tests, in its own image and beside its own services. */
import type { TestConfig } from "../../config/gates.ts";
import type { Artifacts, Job, Reports, Step } from "../model.ts";
import { quote } from "../shell.ts";
import type { Target } from "../target.ts";
import { checkParts } from "./gate.ts";

function reportsOf({ junit, coverage }: TestConfig): Reports {
  const report = coverage?.report;
  return {
    ...(junit.length > 0 ? { junit } : {}),
    ...(report ? { coverage_report: { coverage_format: report.format, path: report.path } } : {}),
  };
}

function artifactsOf(settings: TestConfig): Artifacts | undefined {
  const reports = reportsOf(settings);
  if (Object.keys(reports).length === 0) return undefined;
  // Tests that failed are what a person wants to read about.
  return { when: "always", reports, expire_in: "1 week" };
}

function scriptOf({ before, command }: TestConfig): [Step, ...Step[]] {
  const last: Step =
    typeof command === "string" ? { run: command, own: true } : { run: command.map(quote).join(" ") };
  const [first, ...rest] = before.map((line): Step => ({ run: line, own: true }));
  return first ? [first, ...rest, last] : [last];
}

export function test(target: Target, settings: TestConfig): Job {
  const artifacts = artifactsOf(settings);
  const pattern = settings.coverage?.pattern;
  return {
    comment: "Runs the project's own tests.",
    ...checkParts(target, settings.image),
    ...(settings.services.length > 0
      ? {
          services: settings.services.map(({ image, alias, variables }) => ({
            name: image,
            alias,
            ...(Object.keys(variables).length > 0 ? { variables } : {}),
          })),
        }
      : {}),
    ...(Object.keys(settings.variables).length > 0 ? { variables: settings.variables } : {}),
    script: scriptOf(settings),
    ...(artifacts ? { artifacts } : {}),
    ...(pattern === undefined ? {} : { coverage: pattern }),
  };
}
