import { z } from "zod";
import { invalidParameters } from "./errors.ts";

/** `true`, or the text of it that forms and query strings carry. */
export const flag = z.preprocess(
  (value) => (value === "true" ? true : value === "false" ? false : value),
  z.boolean(),
);

/** A whole number, or the digits of one. */
export const wholeNumber = z.preprocess(
  (value) => (typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value),
  z.int(),
);

/** A list of texts, or one text with commas. */
export const textList = z.preprocess(
  (value) =>
    typeof value === "string"
      ? value
          .split(",")
          .map((part) => part.trim())
          .filter((part) => part !== "")
      : value,
  z.array(z.string()),
);

/** A text that may not be blank; GitLab answers `… is empty`. */
export const filledText = z.string().refine((value) => value.trim() !== "", { params: { empty: true } });

/**
 * Checks a request's parameters.
 *
 * @throws ApiError 400 that names every parameter at fault, in GitLab's words.
 */
export function checkParameters<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw invalidParameters([...new Set(parsed.error.issues.map((issue) => problem(issue, given)))]);
}

function problem(issue: z.core.$ZodIssue, given: unknown): string {
  const [first = "parameter", ...rest] = issue.path;
  const name = `${String(first)}${rest.map((part) => `[${String(part)}]`).join("")}`;
  if (valueAt(given, issue.path) === undefined) return `${name} is missing`;
  if (issue.code === "invalid_value" || issue.code === "invalid_union")
    return `${name} does not have a valid value`;
  if (issue.code === "custom" && issue.params?.empty === true) return `${name} is empty`;
  return `${name} is invalid`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (current, key) =>
      typeof current === "object" && current !== null ? Reflect.get(current, key) : undefined,
    value,
  );
}
