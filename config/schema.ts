/** The whole of the stack's configuration, and what must hold between its parts. */
import { z } from "zod";
import { allCells, keptTags, LONGEST_PATTERN } from "../pipeline/cleanup.ts";
import { type FleetConfig, sshHosts } from "../runner/fleets/kinds.ts";
import { machineOf } from "../runner/fleets/ssh/schema.ts";
import { keyOf } from "./explain.ts";
import { fleetSchema } from "./fleets.ts";
import { gatesWithImages } from "./gates.ts";
import { type ProjectConfig, projectSchema } from "./projects.ts";
import { mirrorProblems } from "./registries.ts";

/** Configuration keys, without their namespace. */
export const KEYS = ["fleets", "projects", "protect"] as const;

const shape = <Fleet extends z.ZodType, Project extends z.ZodType>(fleet: Fleet, project: Project) =>
  z.strictObject({
    fleets: z.array(fleet).min(1).describe("Fleets of hosts that run jobs."),
    projects: z.array(project).default([]).describe("Projects that receive the generated pipeline."),
    protect: z
      .boolean()
      .default(false)
      .describe(
        "Protects all resources of the stack from deletion. Before you remove one, set this to false and run `up`.",
      ),
  });

/** The whole of it, for what is made from the schema. */
export const shapeSchema = shape(fleetSchema, projectSchema);

/** Without what is in the entries of the lists: each of them is parsed by itself, and once. */
const listsSchema = shape(z.unknown(), z.unknown());

export interface ParsedConfig {
  readonly fleets: readonly FleetConfig[];
  readonly projects: readonly ProjectConfig[];
  /** Whether everything of the stack is protected from deletion. */
  readonly protect: boolean;
}

/** The stack's configuration, checked. */
export interface StackConfig extends ParsedConfig {
  readonly stack: string;
  /** GitLab's address without the API path: `https://gitlab.example.com`. */
  readonly gitlabUrl: string;
}

type Issue = z.core.$ZodIssue;

/**
 * Shape and rules between the parts at once: a fleet with a mistake in it does not hide what is wrong elsewhere.
 *
 * @param values keys without their namespace.
 */
export function checkConfig(
  values: Readonly<Record<string, unknown>>,
): { config: ParsedConfig } | { issues: Issue[] } {
  const lists = listsSchema.safeParse(values);
  const fleets = entriesOf(values.fleets, fleetSchema);
  const projects = entriesOf(values.projects, projectSchema);
  const issues = [
    ...(lists.error?.issues ?? []),
    ...fleets.flatMap((entry, index) => issuesBelow(["fleets", index], entry)),
    ...projects.flatMap((entry, index) => issuesBelow(["projects", index], entry)),
  ];
  const sound = { fleets: fleets.map(({ data }) => data), projects: projects.map(({ data }) => data) };
  checkParts(
    {
      ...sound,
      fleetNames: named(values.fleets, "name").filter((name) => typeof name === "string"),
      projectFleets: named(values.projects, "fleet"),
    },
    (path, message) => issues.push({ code: "custom", path, message, input: undefined }),
  );
  if (!lists.success || issues.length > 0) return { issues };
  return {
    config: {
      fleets: sound.fleets.filter((fleet) => fleet !== undefined),
      projects: sound.projects.filter((project) => project !== undefined),
      protect: lists.data.protect,
    },
  };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const entriesOf = <Entry extends z.ZodType>(list: unknown, entry: Entry) =>
  listOf(list).map((value) => entry.safeParse(value));

const issuesBelow = (path: Path, { error }: z.ZodSafeParseResult<unknown>): Issue[] =>
  (error?.issues ?? []).map((issue) => ({ ...issue, path: [...path, ...issue.path] }));

/** What each entry has under a key, as written. */
const named = (list: unknown, key: string): unknown[] =>
  listOf(list).map((entry) => (entry as Readonly<Record<string, unknown>> | null)?.[key]);

/** What there is of each list: `undefined` where an entry has a mistake of its own. */
interface Parts {
  readonly fleets: readonly (FleetConfig | undefined)[];
  /** Names as written, also of fleets with a mistake elsewhere. */
  readonly fleetNames: readonly string[];
  readonly projects: readonly (ProjectConfig | undefined)[];
  /** Names of fleets as projects ask for them. */
  readonly projectFleets: readonly unknown[];
}

function checkParts(parts: Parts, issue: Report): void {
  reportDuplicates(parts.fleetNames, (index, first) =>
    issue(["fleets", index, "name"], `a unique name: fleets[${first}] has the same one`),
  );
  reportDuplicates(
    parts.projects.map((project) => project?.path.toLowerCase()),
    (index, first) =>
      issue(["projects", index, "path"], `a unique project: projects[${first}] is the same one`),
  );
  parts.projectFleets.forEach((name, index) => {
    if (typeof name === "string" && !parts.fleetNames.includes(name))
      issue(["projects", index, "fleet"], `the name of a fleet: ${parts.fleetNames.join(", ")}`);
  });
  checkHosts(parts.fleets, issue);
  parts.projects.forEach((project, index) => {
    if (project) checkProject(project, ["projects", index], parts, issue);
  });
}

type Path = (string | number)[];
type Report = (path: Path, message: string) => void;

function reportDuplicates(
  values: readonly (string | undefined)[],
  report: (index: number, first: number) => void,
): void {
  const seen = new Map<string, number>();
  values.forEach((value, index) => {
    if (value === undefined) return;
    const first = seen.get(value);
    if (first === undefined) seen.set(value, index);
    else report(index, first);
  });
}

/** A machine belongs to one fleet: two fleets would overwrite each other's accounts, daemons and runner managers. */
function checkHosts(fleets: readonly (FleetConfig | undefined)[], issue: Report): void {
  const hosts = fleets.flatMap((fleet, f) =>
    fleet ? sshHosts(fleet).map((host, h) => ({ path: ["fleets", f, fleet.kind, h], host })) : [],
  );
  reportDuplicates(
    hosts.map(({ host }) => machineOf(host)),
    (index, first) => {
      const [here, there] = [hosts[index], hosts[first]];
      if (here && there)
        issue(
          [...here.path, "address"],
          `a unique machine: ${keyOf(there.path).replace("buildx-runners:", "")} is the same one`,
        );
    },
  );
}

function checkProject(project: ProjectConfig, path: Path, parts: Parts, issue: Report): void {
  const fleet = parts.fleets.find((candidate) => candidate?.name === project.fleet);
  if (fleet && !covers(fleet, project.path))
    issue(
      [...path, "fleet"],
      `a fleet whose scope covers ${project.path}; the scope of ${fleet.name} does not`,
    );
  if (project.adopt && project.include)
    issue(
      [...path, "adopt"],
      "either adopt or include: adopt takes over .gitlab-ci.yml, include leaves it as it is",
    );
  for (const { index, message } of mirrorProblems(project.registry, project.mirrors))
    issue([...path, "mirrors", index], message);
  reportDuplicates(
    // Bake's targets and the services' host names know no dots or underscores.
    project.images.map((image) => image.name.replaceAll(/[._]+/g, "-")),
    (i, first) =>
      issue(
        [...path, "images", i, "name"],
        `a unique name: images[${first}] has the same one, apart from dots, dashes and underscores`,
      ),
  );
  if (fleet?.executor === "shell")
    for (const gate of gatesWithImages(project.gates))
      issue(
        [...path, "gates", gate],
        `${gate === "test" ? "none" : "false"}: ${fleet.name} has executor: shell, where jobs have no image of their own`,
      );
  if (fleet?.executor === "shell" && project.signing !== false)
    issue(
      [...path, "signing"],
      `false: ${fleet.name} has executor: shell, where jobs have no image, and so no cosign`,
    );
  if (project.review?.fail.includes("vulnerabilities") && project.gates.trivy === false)
    issue([...path, "review", "fail"], "no vulnerabilities: gates.trivy is false, so no job scans for them");
  checkRegistryRules(project, path, issue);
  project.images.forEach((image, i) => {
    if (image.matrix && image.validate?.in === "job")
      issue(
        [...path, "images", i, "validate", "in"],
        "docker-build, for an image with a matrix: the job that builds a cell also validates it",
      );
    if (image.validate?.in === "job" && image.validate.directory === undefined)
      issue(
        [...path, "images", i, "validate", "directory"],
        "the image's WORKDIR, such as /app: with in: job GitLab would start the command in its checkout",
      );
    if (image.matrix && image.name.startsWith("and-push-"))
      issue(
        [...path, "images", i, "name"],
        "another name for an image with a matrix: the job build-and-push-… could be another image's",
      );
    if (image.validate && fleet?.executor === "shell")
      issue(
        [...path, "images", i, "validate"],
        `a fleet with executor: docker; ${fleet.name} has executor: shell, where GitLab starts no services`,
      );
  });
}

/** Settings that only GitLab's own registry supports. */
function checkRegistryRules(project: ProjectConfig, path: Path, issue: Report): void {
  const own = project.registry === "gitlab" || "gitlab" in project.registry;
  if (project.protection?.containers && !own)
    issue([...path, "protection", "containers"], "false: the project's registry is not GitLab's own");
  if (project.cleanup && !own)
    issue(
      [...path, "cleanup"],
      "none: the project's registry is not GitLab's own, so GitLab cannot clean it up",
    );
  if (!project.cleanup) return;
  const { length } = keptTags(allCells(project));
  if (length > LONGEST_PATTERN)
    issue(
      [...path, "cleanup"],
      `none: the pattern that keeps every cell of the matrices has ${length} characters; GitLab's limit is ${LONGEST_PATTERN}`,
    );
}

function covers(fleet: FleetConfig, path: string): boolean {
  if ("instance" in fleet.scope) return true;
  if ("group" in fleet.scope) return path.startsWith(`${fleet.scope.group}/`);
  // A runner that is not locked can be enabled for other projects, which is the user's to do.
  return fleet.scope.project === path || !fleet.locked;
}
