/** Which jobs a file would start, without running any. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { run } from "../run.ts";
import { isolated } from "./checkout.ts";
import type { PipelineContext, ProjectVariable, RunVariable } from "./context.ts";
import type { AllowFailure, PlannedJob } from "./plan.ts";
import { predefinedVariables } from "./predefined.ts";
import { expand, type PlanRequest, planExpanded } from "./read-plan.ts";
import type { When } from "./status.ts";
import { literals, projectValues, runValues, Secrets } from "./variables.ts";

/** What starts the pipeline. `protected` is the ref's protection; a merge request's where both its branches are. */
export type Occasion = Event & {
  /** What `rules:changes` sees; unless set, every `changes` is true, as on a branch's first push. */
  readonly changes?: readonly string[];
  /** Branches with an open merge request, which CI_OPEN_MERGE_REQUESTS tells. */
  readonly openMergeRequests?: readonly string[];
};

type Event =
  | { readonly on: "branch"; readonly name: string; readonly protected?: boolean }
  /** Protected unless said otherwise, as GitLab protects it. */
  | { readonly on: "default branch"; readonly protected?: boolean }
  | { readonly on: "tag"; readonly name: string; readonly protected?: boolean }
  | {
      readonly on: "merge request";
      readonly source: string;
      readonly fork?: boolean;
      readonly protected?: boolean;
    }
  /** On the default branch. */
  | { readonly on: "schedule"; readonly description: string; readonly variables?: readonly RunVariable[] }
  /** Somebody's "Run pipeline", on a branch; default: the default branch. */
  | { readonly on: "web"; readonly branch?: string; readonly variables?: readonly RunVariable[] };

export interface DryRun {
  readonly occasion: Occasion;
  /** The project's variables; default none. */
  readonly variables?: readonly ProjectVariable[];
  /** The repository's other files, for `include: local` and `rules:exists`: path to content. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A job that is in the pipeline. */
export interface DryJob {
  readonly name: string;
  readonly stage: string;
  readonly when: When;
  readonly allowFailure: AllowFailure;
  /** Names of the jobs that end before it starts. */
  readonly after: readonly string[];
  /** Names of the jobs whose artifacts it gets. */
  readonly artifactsOf: readonly string[];
  /** Tags of the runner that it asks for. */
  readonly tags: readonly string[];
}

/**
 * Lists the jobs of the pipeline that a file gives on an occasion, in the file's order, workflow rules included. Needs
 * neither root, Docker nor network, and takes about a second.
 *
 * @param yaml text of the .gitlab-ci.yml.
 * @returns an empty list where GitLab would start no pipeline.
 * @throws LabError when the file is invalid, or a job needs one that is not in the pipeline.
 */
export async function planPipeline(yaml: string, dry: DryRun): Promise<readonly DryJob[]> {
  const { occasion, ...rest } = dry;
  return (await planPipelines(yaml, { occasion }, rest)).occasion;
}

/**
 * {@link planPipeline} for several occasions in the time of one: the file is read once, and all rules are matched at once.
 * What the file includes must be the same on all of them.
 */
export async function planPipelines<Name extends string>(
  yaml: string,
  occasions: Readonly<Record<Name, Occasion>>,
  dry: Omit<DryRun, "occasion"> = {},
): Promise<Record<Name, readonly DryJob[]>> {
  const directory = await mkdtemp(path.join(tmpdir(), "buildx-lab-plan-"));
  const checkout = path.join(directory, "checkout");
  try {
    for (const [name, content] of Object.entries({ ...dry.files, ".gitlab-ci.yml": yaml })) {
      await mkdir(path.dirname(path.join(checkout, name)), { recursive: true });
      await writeFile(path.join(checkout, name), content);
    }
    // gitlab-ci-local includes files that Git knows.
    if (dry.files !== undefined) await track(checkout);
    const names = Object.keys(occasions) as Name[];
    const requests = names.map((name) => requestOf(checkout, { ...dry, occasion: occasions[name] }));
    const [first] = requests;
    const plans = first === undefined ? [] : await planExpanded(requests, await expand(first));
    return Object.fromEntries(names.map((name, index) => [name, dryJobs(plans[index])])) as Record<
      Name,
      readonly DryJob[]
    >;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function requestOf(checkout: string, dry: DryRun): PlanRequest {
  const context = contextOf(dry);
  const { occasion } = dry;
  const given = projectValues(
    dry.variables ?? [],
    { protectedRef: context.ref.protected, projectPath: context.project.path },
    new Secrets("MASKED"),
  );
  const filledIn = runValues("variables" in occasion ? (occasion.variables ?? []) : [], context.project.path);
  return {
    checkout,
    title: `${context.project.path} on a ${occasion.on}`,
    predefined: literals(predefinedVariables(context, commit)),
    given: { ...given.values, ...filledIn.values },
    protectedRef: context.ref.protected,
    runners: [],
    changed: () => occasion.changes,
  };
}

const dryJobs = (plan: readonly PlannedJob[] = []): readonly DryJob[] =>
  plan.map(({ name, stage, when, allowFailure, after, artifactsOf, tags }) => ({
    ...{ name, stage, when, allowFailure, after, artifactsOf, tags },
  }));

async function track(checkout: string): Promise<void> {
  const options = { env: isolated, purpose: "look at a pipeline's files" };
  await run("git", ["init", "--quiet", checkout], options);
  await run("git", ["-C", checkout, "add", "--all", "--force"], options);
}

const commit = {
  sha: "0123456789abcdef0123456789abcdef01234567",
  timestamp: "2026-01-02T03:04:05+00:00",
  author: "Lab <lab@example.com>",
  message: "Change files",
};

const project = {
  path: "acme/shop",
  id: 7,
  url: "https://gitlab.example.com/acme/shop",
  defaultBranch: "main",
};

function contextOf(dry: DryRun): PipelineContext {
  const { occasion } = dry;
  const { openMergeRequests } = occasion;
  const { defaultBranch } = project;
  const common = {
    ...{ pipelineId: 1, project },
    user: { id: 1, login: "lab", name: "Lab", email: "lab@example.com" },
    ...(openMergeRequests === undefined ? {} : { openMergeRequests }),
  };
  const branch = (name: string, isProtected = name === defaultBranch) =>
    ({ type: "branch", name, protected: isProtected }) as const;
  switch (occasion.on) {
    case "branch":
      return { ...common, source: "push", ref: branch(occasion.name, occasion.protected) };
    case "default branch":
      return { ...common, source: "push", ref: branch(defaultBranch, occasion.protected) };
    case "tag":
      return {
        ...common,
        source: "push",
        ref: { type: "tag", name: occasion.name, protected: occasion.protected ?? false },
      };
    case "schedule":
      return { ...common, source: "schedule", ref: branch(defaultBranch), schedule: occasion.description };
    case "web":
      return { ...common, source: "web", ref: branch(occasion.branch ?? defaultBranch) };
    case "merge request":
      return { ...common, ...mergeRequestOf(occasion) };
  }
}

function mergeRequestOf(
  occasion: Extract<Event, { on: "merge request" }>,
): Pick<PipelineContext, "source" | "ref" | "mergeRequest"> {
  const { source, fork = false } = occasion;
  const isProtected = !fork && (occasion.protected ?? false);
  const fromFork = { path: "visitor/shop", id: 8, url: "https://gitlab.example.com/visitor/shop" };
  return {
    source: "merge_request_event",
    ref: { type: "branch", name: source, protected: isProtected },
    mergeRequest: {
      ...{ id: 1, iid: 1, title: "Change files", author: "lab" },
      source: { branch: source, protected: isProtected, project: fork ? fromFork : project },
      target: { branch: project.defaultBranch, protected: true },
      diffBaseSha: "fedcba9876543210fedcba9876543210fedcba98",
    },
  };
}
