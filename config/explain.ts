/** Turns what the schema found into sentences: the key, the value, what is allowed and the nearest valid key. */
import { closest, distance } from "fastest-levenshtein";
import type { z } from "zod";
import { PLACEHOLDER, Secret } from "./secret.ts";

const NAMESPACE = "buildx-runners";

/** `["fleets", 0, "hosts", 1]` as a reader finds it in the stack file: `buildx-runners:fleets[0].hosts[1]`. */
export function keyOf(path: readonly PropertyKey[]): string {
  const [first, ...rest] = path;
  if (first === undefined) return NAMESPACE;
  return rest.reduce<string>(
    (key, part) => (typeof part === "number" ? `${key}[${part}]` : `${key}.${String(part)}`),
    `${NAMESPACE}:${String(first)}`,
  );
}

/** Keys that never show their value, whatever the user has put there. */
const SENSITIVE = /(?:key|password|secret|token|credential)$/i;

const PUBLIC: readonly string[] = ["hostKey", "publicKey"];

const isSensitive = (path: readonly PropertyKey[]): boolean =>
  path.some((part) => typeof part === "string" && !PUBLIC.includes(part) && SENSITIVE.test(part));

const MISSING = "nothing";

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

function shownValue(input: unknown, path: readonly PropertyKey[]): string {
  const value = valueAt(input, path);
  if (value === undefined) return MISSING;
  if (typeof value === "boolean") return String(value);
  if (value instanceof Secret || isSensitive(path)) return PLACEHOLDER;
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "a mapping";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…"` : text;
}

/** The keys that the schema knows at a path, for suggestions. */
export type KnownKeys = (path: readonly PropertyKey[]) => readonly string[];

function unknownKey(key: string, known: readonly string[]): string {
  const nearest = known.length > 0 ? closest(key, [...known]) : undefined;
  if (nearest !== undefined && distance(key, nearest) <= Math.max(2, Math.floor(key.length / 3)))
    return `unknown key; did you mean '${nearest}'?`;
  return known.length > 0 ? `unknown key; known here: ${[...known].sort().join(", ")}` : "unknown key";
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.expected === "array"
        ? "a list"
        : issue.expected === "object"
          ? "a mapping"
          : `a ${issue.expected}`;
    case "invalid_value":
      return issue.values.length === 1
        ? `${JSON.stringify(issue.values[0])}`
        : `one of ${issue.values.map((value) => String(value)).join(", ")}`;
    case "too_small":
      return issue.origin === "array" ? `${issue.minimum} entry or more` : `${issue.minimum} or more`;
    case "too_big":
      return issue.origin === "array" ? `${issue.maximum} entries or fewer` : `${issue.maximum} or less`;
    default:
      return issue.message;
  }
}

interface Context {
  readonly known: KnownKeys;
  readonly isSaid: (value: unknown) => boolean;
}

function explainIssue(issue: z.core.$ZodIssue, input: unknown, context: Context): string[] {
  const { known, isSaid } = context;
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => `${keyOf([...issue.path, key])}: ${unknownKey(key, known(issue.path))}`);
  // The error of the nearest branch says more than the union's own.
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const nearest = nearestBranch(issue, input);
    if (nearest) return nearest.flatMap((inner) => explainIssue(inner, input, context));
  }
  if (issue.code === "invalid_key")
    return [
      `${keyOf(issue.path)}: a key that is not allowed; allowed: ${issue.issues.map(expectation).join("; ")}`,
    ];
  if (isSaid(valueAt(input, issue.path))) return [];
  const value = shownValue(input, issue.path);
  if (value === MISSING) return [`${keyOf(issue.path)}: missing; needed: ${expectation(issue)}`];
  // YAML reads 3.10 as the number 3.1.
  const quotes = issue.code === "invalid_type" && issue.expected === "string" && /^-?[\d.]+$/.test(value);
  return [
    `${keyOf(issue.path)}: ${value} is not allowed here; allowed: ${expectation(issue)}${quotes ? ", so put it in quotes" : ""}`,
  ];
}

/** The branch of a union that a mapping was meant for: the one with the fewest foreign keys, then faults. */
function nearestBranch(issue: z.core.$ZodIssueInvalidUnion, input: unknown): z.core.$ZodIssue[] | undefined {
  const partial = issue.errors
    .map((branch) =>
      branch.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }) as z.core.$ZodIssue),
    )
    .filter((branch) =>
      branch.every((inner) => inner.path.length > issue.path.length || inner.code === "unrecognized_keys"),
    )
    .filter((branch) =>
      branch.some((inner) => inner.code !== "unrecognized_keys" && shownValue(input, inner.path) !== MISSING),
    );
  const faults = (branch: readonly z.core.$ZodIssue[]): number =>
    branch.reduce(
      (sum, inner) => sum + (inner.code === "unrecognized_keys" ? 100 * inner.keys.length : 1),
      0,
    );
  const [first, second] = partial.sort((one, other) => faults(one) - faults(other));
  return first !== undefined && (second === undefined || faults(first) < faults(second)) ? first : undefined;
}

/**
 * One sentence for each thing that is wrong, in the order of the keys.
 *
 * @param isSaid whether a value is reported elsewhere.
 */
export function explain(
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
  known: KnownKeys,
  isSaid: (value: unknown) => boolean = () => false,
): string[] {
  return [...new Set(issues.flatMap((issue) => explainIssue(issue, input, { known, isSaid })))];
}
