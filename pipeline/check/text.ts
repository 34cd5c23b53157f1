/** Text that no pipeline may hold, and images that are whatever somebody pushed last. */
import type { AnyJob, AnyPipeline, ImageUse } from "../model.ts";
import { once } from "../once.ts";
import { allJobs, steps } from "./parts.ts";

const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [
    /\bprivileged\b|--cap-add|--security-opt/,
    "asks for privileges; jobs build on the host's rootless daemon",
  ],
  [/\bdind\b/, "uses Docker-in-Docker; jobs build on the host's rootless daemon"],
  [
    /\blogin\b[^\n|;&]*\s(?:-p\b|--password(?!-stdin))/,
    "passes a password as an argument; use --password-stdin",
  ],
  [/\b(?:glpat|glrt|gldt|glcbt|glptt)-[A-Za-z0-9_-]{8,}/, "holds a GitLab token"],
  [/\bAKIA[0-9A-Z]{16}\b/, "holds an AWS access key"],
  [/\bgh[pousr]_[A-Za-z0-9]{20,}/, "holds a GitHub token"],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, "holds a private key"],
];

export function checkText(pipeline: AnyPipeline): string[] {
  return allJobs(pipeline).flatMap(([name, job]) => [
    ...forbiddenInScripts(name, job),
    ...forbiddenElsewhere(name, job),
    ...unpinned(name, job),
  ]);
}

const reasons = (text: string): string[] =>
  FORBIDDEN.flatMap(([pattern, reason]) => (pattern.test(text) ? [reason] : []));

/** What is forbidden in a script, line by line. */
const forbiddenLines = once((script: string) =>
  script.split("\n").flatMap((text, index) => reasons(text).map((reason) => ({ line: index + 1, reason }))),
);

/** The line itself stays unsaid: it may be the secret. */
function forbiddenInScripts(name: string, job: AnyJob): string[] {
  return steps(job).flatMap(([keyword, step, index]) =>
    "run" in step
      ? forbiddenLines(step.run).map(
          ({ line, reason }) => `${name}: ${keyword} step ${index + 1}, line ${line} ${reason}`,
        )
      : [],
  );
}

/** Every string of a value, its keys included. */
function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...strings(inner)]);
}

function forbiddenElsewhere(name: string, job: AnyJob): string[] {
  const { comment: _, before_script: __, script: ___, after_script: ____, ...rest } = job;
  return Object.entries(rest).flatMap(([keyword, value]) =>
    [...new Set(strings(value).flatMap(reasons))].map((reason) => `${name}: ${keyword} ${reason}`),
  );
}

const nameOf = (image: string | ImageUse): string => (typeof image === "string" ? image : image.name);

/** A variable in a name is a candidate of this very commit, or the user's own choice. */
function unpinned(name: string, job: AnyJob): string[] {
  const images = [...(job.image === undefined ? [] : [job.image]), ...(job.services ?? [])].map(nameOf);
  return images
    .filter((image) => !image.includes("$"))
    .filter(
      (image) =>
        !/@sha256:[0-9a-f]{64}$/.test(image) && (!/:[^/]+$/.test(image) || image.endsWith(":latest")),
    )
    .map((image) => `${name}: image '${image}' is whatever was pushed last; give it a version or a digest`);
}
