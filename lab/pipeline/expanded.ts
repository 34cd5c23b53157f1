/** The jobs of a file in which gitlab-ci-local resolved includes, references, `extends` and defaults. */
import { parse } from "yaml";
import { z } from "zod";
import { LabError } from "../errors.ts";
import type { Variables } from "./context.ts";

const values = z.record(z.string(), z.unknown()).nullish();
const texts = z.preprocess((value) => (typeof value === "string" ? [value] : value), z.array(z.string()));
const exitCodes = z.preprocess((value) => (typeof value === "number" ? [value] : value), z.array(z.number()));
const allowFailure = z.union([z.boolean(), z.object({ exit_codes: exitCodes })]);
const matrix = z.array(z.record(z.string(), z.union([z.array(z.coerce.string()), z.coerce.string()])));

const need = z.looseObject({
  job: z.string(),
  artifacts: z.boolean().default(true),
  optional: z.boolean().default(false),
  parallel: z.object({ matrix }).nullish(),
});
export type Need = z.output<typeof need>;

const patterns = z.union([texts, z.looseObject({ paths: texts, compare_to: z.string().optional() })]);

const rule = z.looseObject({
  if: z.string().optional(),
  changes: patterns.optional(),
  exists: patterns.optional(),
  when: z.enum(["on_success", "on_failure", "always", "manual", "never", "delayed"]).optional(),
  allow_failure: allowFailure.optional(),
  variables: values,
  needs: z
    .array(z.preprocess((value) => (typeof value === "string" ? { job: value } : value), need))
    .optional(),
});
export type Rule = z.output<typeof rule>;

const artifacts = z.looseObject({
  paths: texts.nullish(),
  exclude: texts.nullish(),
  when: z.enum(["on_success", "on_failure", "always"]).default("on_success"),
  reports: z.record(z.string(), z.unknown()).nullish(),
});
export type Artifacts = z.output<typeof artifacts>;

const job = z.looseObject({
  stage: z.string().default("test"),
  before_script: texts.optional(),
  script: texts.optional(),
  after_script: texts.optional(),
  tags: z.array(z.string()).nullish(),
  variables: values,
  parallel: z.union([z.number(), z.object({ matrix })]).nullish(),
  when: z.enum(["on_success", "on_failure", "always", "manual", "never", "delayed"]).optional(),
  allow_failure: allowFailure.optional(),
  rules: z.array(rule).nullish(),
  needs: z.array(need).nullish(),
  dependencies: z.array(z.string()).nullish(),
  artifacts: artifacts.nullish(),
  id_tokens: z.record(z.string(), z.object({ aud: z.union([z.string(), z.array(z.string())]) })).nullish(),
  environment: z.union([z.string(), z.looseObject({ name: z.string() })]).nullish(),
  inherit: z
    .looseObject({
      default: z.union([z.boolean(), z.array(z.string())]).optional(),
      variables: z.union([z.boolean(), z.array(z.string())]).optional(),
    })
    .nullish(),
});
export type ExpandedJob = z.output<typeof job>;

/** A file's jobs by name, and what holds for all of them. */
export interface ExpandedFile {
  readonly stages: readonly string[];
  readonly variables: Variables;
  readonly workflow: readonly Rule[] | undefined;
  readonly jobs: ReadonlyMap<string, ExpandedJob>;
}

const keywords = new Set([
  ...["stages", "variables", "workflow", "default", "include", "spec", "image", "services", "cache"],
  ...["before_script", "after_script", "local_configuration"],
]);

/** Keywords of `default` that gitlab-ci-local does not hand down. */
const handedDown = ["tags", "id_tokens"];

const wholeFile = z.looseObject({
  stages: z.array(z.string()),
  variables: values,
  workflow: z.looseObject({ rules: z.array(rule).nullish() }).nullish(),
  default: z.record(z.string(), z.unknown()).nullish(),
});

/** @throws LabError when a job is not of the shape that GitLab documents. */
export function parseExpanded(text: string): ExpandedFile {
  const content: unknown = parse(text, { merge: true });
  const file = read(wholeFile, content, "the file");
  const jobs = new Map<string, ExpandedJob>();
  for (const [name, entry] of Object.entries(file)) {
    if (keywords.has(name) || name.startsWith(".") || typeof entry !== "object" || entry === null) continue;
    refuseForeign(name, entry);
    jobs.set(name, read(job, withDefaults(entry, file.default ?? {}), `the job ${name}`));
  }
  return {
    stages: file.stages,
    variables: textsOf(file.variables),
    workflow: file.workflow?.rules ?? undefined,
    jobs,
  };
}

/** Keywords that would decide what runs, and that the lab does not know: to pass over them would be to run another file. */
const unknown = ["only", "except", "trigger"];

function refuseForeign(name: string, entry: object): void {
  const found = unknown.filter((keyword) => Object.hasOwn(entry, keyword));
  if (found.length > 0) {
    throw new LabError(`The lab cannot run the job ${name}: it does not know ${found.join(", ")}; use rules`);
  }
}

function read<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw new LabError(`The lab cannot run ${what}:\n${z.prettifyError(result.error)}`);
  return result.data;
}

function withDefaults(entry: object, defaults: Readonly<Record<string, unknown>>): unknown {
  const inherit: unknown = Reflect.get(Reflect.get(entry, "inherit") ?? {}, "default");
  const takes = (name: string) =>
    inherit === undefined || inherit === true || (Array.isArray(inherit) && inherit.includes(name));
  const more = handedDown.filter((name) => takes(name) && defaults[name] !== undefined);
  return { ...Object.fromEntries(more.map((name) => [name, defaults[name]])), ...entry };
}

/** Values as text: a variable may be written as a number, or with a description. */
export function textsOf(given: Readonly<Record<string, unknown>> | null | undefined): Variables {
  return Object.fromEntries(Object.entries(given ?? {}).map(([name, value]) => [name, textOf(value)]));
}

function textOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value ?? "");
  const text = String(Reflect.get(value, "value") ?? "");
  return Reflect.get(value, "expand") === false ? text.replaceAll("$", "$$$$") : text;
}

/** One job of a `parallel`, or a whole job. */
export interface Cell {
  /** `build: [3.12, slim]`, as GitLab names it. */
  readonly name: string;
  /** The job's name in the file. */
  readonly base: string;
  readonly job: ExpandedJob;
  /** The cell's own variables. */
  readonly matrix: Variables;
  /** From 1; undefined for a job that is not split. */
  readonly index: number | undefined;
  readonly total: number;
}

/** Every job of the file, cells in the order of the matrix. */
export function cellsOf(file: ExpandedFile): Cell[] {
  return [...file.jobs].flatMap(([base, entry]): Cell[] => {
    const { parallel } = entry;
    if (parallel === null || parallel === undefined) {
      return [{ name: base, base, job: entry, matrix: {}, index: undefined, total: 1 }];
    }
    const all: readonly Variables[] =
      typeof parallel === "number"
        ? Array.from({ length: parallel }, () => ({}))
        : parallel.matrix.flatMap(combinations);
    return all.map((one, at) => {
      const name =
        typeof parallel === "number"
          ? `${base} ${at + 1}/${all.length}`
          : `${base}: [${Object.values(one).join(", ")}]`;
      return { name, base, job: entry, matrix: one, index: at + 1, total: all.length };
    });
  });
}

/** Every combination of an entry's values. */
export function combinations(entry: Readonly<Record<string, string | string[]>>): Variables[] {
  return Object.entries(entry).reduce<Variables[]>(
    (all, [name, given]) => all.flatMap((one) => [given].flat().map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}

/** The file's and the job's own variables; a cell's come last. */
export function fileVariables(file: ExpandedFile, { job: entry, matrix: own }: Cell): Variables {
  const inherit = entry.inherit?.variables ?? true;
  const names = Array.isArray(inherit) ? inherit : inherit ? Object.keys(file.variables) : [];
  const inherited = Object.entries(file.variables).filter(([name]) => names.includes(name));
  return { ...Object.fromEntries(inherited), ...textsOf(entry.variables), ...own };
}
