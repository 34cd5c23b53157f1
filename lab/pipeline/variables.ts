/** CI/CD variables of a pipeline, in GitLab's order of precedence, and the secrets among them. */
import { matchesWildcard } from "../gitlab/state.ts";
import type { ProjectVariable, RunVariable, Variables } from "./context.ts";

/** Takes secrets out of values, and knows what stands for each. */
export class Secrets {
  readonly #mark: string;
  readonly #values = new Map<string, string>();

  /** @param mark text that occurs in no value, for placeholders. */
  constructor(mark: string) {
    this.#mark = mark;
  }

  /** Placeholder to secret. */
  get values(): ReadonlyMap<string, string> {
    return this.#values;
  }

  /**
   * @returns what stands for the secret.
   * @throws RangeError when a masked value has more than one line; GitLab masks none of those.
   */
  hide(key: string, secret: string): string {
    if (/[\t\r\n]/.test(secret)) throw new RangeError(`The masked variable ${key} has a line break or a tab`);
    const placeholder = `${this.#mark}_${this.#values.size}_`;
    this.#values.set(placeholder, secret);
    return placeholder;
  }
}

/** gitlab-ci-local expands what it is given; in a value that is meant as it is, `$$` stands for `$`. */
export const literal = (value: string): string => value.replaceAll("$", "$$$$");

/** Every value as it is. */
export function literals(values: Variables): Variables {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, literal(value)]));
}

/** Variables of a job, and the files that some of them name. */
export interface JobVariables {
  readonly values: Variables;
  /** File name to content. */
  readonly files: Variables;
}

/** Where a job finds the files of its variables, as under the runner. */
export const fileDirectory = (projectPath: string): string => `/builds/${projectPath}.tmp`;

/**
 * The project's variables that a job may have, placeholders in the place of the secrets.
 *
 * @param environment of the job.
 */
export function projectValues(
  variables: readonly ProjectVariable[],
  job: { readonly protectedRef: boolean; readonly environment?: string; readonly projectPath: string },
  secrets: Secrets,
): JobVariables {
  const values: Record<string, string> = {};
  const files: Record<string, string> = {};
  const scopeOf = ({ environmentScope = "*" }: ProjectVariable) => environmentScope;
  // The narrowest scope wins: it comes last.
  const sorted = variables.toSorted((a, b) => scopeOf(a).length - scopeOf(b).length);
  for (const variable of sorted) {
    const { key, value, masked, raw = false, variableType = "env_var" } = variable;
    if (variable.protected && !job.protectedRef) continue;
    const scope = scopeOf(variable);
    if (scope !== "*" && (job.environment === undefined || !matchesWildcard(scope, job.environment)))
      continue;
    if (variableType === "file") {
      files[key] = value;
      values[key] = `${fileDirectory(job.projectPath)}/${key}`;
      // It travels as a file, and is masked in the log all the same.
      if (masked) secrets.hide(key, value);
    } else {
      values[key] = masked ? secrets.hide(key, value) : raw ? literal(value) : value;
    }
  }
  return { values, files };
}

/** Variables of one run; the last of a name counts. */
export function runValues(variables: readonly RunVariable[], projectPath: string): JobVariables {
  const values: Record<string, string> = {};
  const files: Record<string, string> = {};
  for (const { key, value, variableType = "env_var" } of variables) {
    if (variableType === "file") files[key] = value;
    values[key] = variableType === "file" ? `${fileDirectory(projectPath)}/${key}` : value;
  }
  return { values, files };
}

/** Replaces every secret in a text, longest first, so that none shows through another. */
export function masker(secrets: Iterable<string>): (text: string) => string {
  const sorted = [...new Set(secrets)].filter((secret) => secret !== "").sort((a, b) => b.length - a.length);
  return (text) => sorted.reduce((masked, secret) => masked.replaceAll(secret, "[MASKED]"), text);
}

/** `$NAME` and `${NAME}` in a text; what has no value is empty, as in GitLab. */
export function expand(text: string, variables: Variables): string {
  const once = (value: string) =>
    value.replaceAll(
      /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g,
      (_, braced?: string, bare?: string) => variables[braced ?? bare ?? ""] ?? "",
    );
  let expanded = text;
  // A value may name another variable, which may name a third.
  for (let depth = 0; depth < 5 && expanded.includes("$"); depth++) expanded = once(expanded);
  return expanded;
}
