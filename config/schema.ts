/** The whole of the stack's configuration, and what must hold between its parts. */
import { z } from "zod";
import { allCells, keptTags, LONGEST_PATTERN } from "../pipeline/cleanup.ts";
import { type FleetConfig, fleetSchema } from "./fleets.ts";
import { gatesWithImages } from "./gates.ts";
import { type ProjectConfig, projectSchema } from "./projects.ts";
import { mirrorProblems } from "./registries.ts";

/** Configuration keys, without their namespace. */
export const KEYS = ["fleets", "projects", "protect"] as const;

export const shapeSchema = z.strictObject({
  fleets: z.array(fleetSchema).min(1).describe("Fleets of hosts that run jobs."),
  projects: z.array(projectSchema).default([]).describe("Projects that receive the generated pipeline."),
  protect: z
    .boolean()
    .default(false)
    .describe(
      "Nothing of the stack is deleted, whatever its configuration says: to remove something, set this to false and run `up` first.",
    ),
});

export interface ParsedConfig {
  readonly fleets: readonly FleetConfig[];
  readonly projects: readonly ProjectConfig[];
  /** Whether everything of the stack is protected from deletion. */
  readonly protect: boolean;
}

type Issue = z.core.$ZodIssue;

/**
 * Shape and rules between the parts at once: a fleet with a mistake in it does not hide what is wrong elsewhere.
 *
 * @param values keys without their namespace.
 */
export function checkConfig(values: unknown): { config: ParsedConfig } | { issues: Issue[] } {
  const shape = shapeSchema.safeParse(values);
  const issues: Issue[] = [...(shape.error?.issues ?? [])];
  const parts = sound(values);
  checkParts(parts, (path, message) => issues.push({ code: "custom", path, message, input: undefined }));
  return shape.success && issues.length === 0 ? { config: shape.data } : { issues };
}

/** What there is of each list: `undefined` where an entry has a mistake of its own. */
interface Parts {
  readonly fleets: readonly (FleetConfig | undefined)[];
  /** Names as written, also of fleets with a mistake elsewhere. */
  readonly fleetNames: readonly string[];
  readonly projects: readonly (ProjectConfig | undefined)[];
  /** Names of fleets as projects ask for them. */
  readonly projectFleets: readonly unknown[];
}

function sound(values: unknown): Parts {
  const list = (key: "fleets" | "projects"): unknown[] => {
    const value =
      typeof values === "object" && values !== null ? (values as Record<string, unknown>)[key] : undefined;
    return Array.isArray(value) ? value : [];
  };
  return {
    fleets: list("fleets").map((fleet) => fleetSchema.safeParse(fleet).data),
    fleetNames: list("fleets")
      .map((fleet) => (fleet as { name?: unknown } | null)?.name)
      .filter((name) => typeof name === "string"),
    projectFleets: list("projects").map((project) => (project as { fleet?: unknown } | null)?.fleet),
    projects: list("projects").map((project) => projectSchema.safeParse(project).data),
  };
}

function checkParts(parts: Parts, issue: Report): void {
  reportDuplicates(parts.fleetNames, (index, first) =>
    issue(["fleets", index, "name"], `a name of its own: fleets[${first}] has it too`),
  );
  reportDuplicates(
    parts.projects.map((project) => project?.path.toLowerCase()),
    (index, first) =>
      issue(["projects", index, "path"], `a project of its own: projects[${first}] has it too`),
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

/** A machine belongs to one fleet: two would fight over its accounts, daemons and runner managers. */
function checkHosts(fleets: readonly (FleetConfig | undefined)[], issue: Report): void {
  const hosts = fleets.flatMap((fleet, f) => (fleet?.hosts ?? []).map((host, h) => ({ f, h, host })));
  reportDuplicates(
    hosts.map(({ host }) => `${host.bastion?.address ?? ""} ${host.address.toLowerCase()}:${host.port}`),
    (index, first) => {
      const [here, there] = [hosts[index], hosts[first]];
      if (here && there)
        issue(
          ["fleets", here.f, "hosts", here.h, "address"],
          `a machine of its own: fleets[${there.f}].hosts[${there.h}] is the same one`,
        );
    },
  );
}

function checkProject(project: ProjectConfig, path: Path, parts: Parts, issue: Report): void {
  const fleet = parts.fleets.find((candidate) => candidate?.name === project.fleet);
  if (fleet && !covers(fleet, project.path))
    issue([...path, "fleet"], `a fleet whose scope covers ${project.path}; that of ${fleet.name} does not`);
  if (project.adopt && project.include)
    issue(
      [...path, "adopt"],
      "either adopt or include: one takes .gitlab-ci.yml over, the other leaves it alone",
    );
  for (const { index, message } of mirrorProblems(project.registry, project.mirrors))
    issue([...path, "mirrors", index], message);
  reportDuplicates(
    // Bake's targets and the services' host names know no dots or underscores.
    project.images.map((image) => image.name.replaceAll(/[._]+/g, "-")),
    (i, first) =>
      issue(
        [...path, "images", i, "name"],
        `a name of its own: images[${first}] has it too, but for dots, dashes and underscores`,
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
    issue([...path, "review", "fail"], "no vulnerabilities: gates.trivy is false, so nothing looks for them");
  checkRegistryRules(project, path, issue);
  project.images.forEach((image, i) => {
    if (image.matrix && image.validate?.in === "job")
      issue(
        [...path, "images", i, "validate", "in"],
        "docker-build, for an image with a matrix: each cell is proven by the job that builds it",
      );
    if (image.validate?.in === "job" && image.validate.directory === undefined)
      issue(
        [...path, "images", i, "validate", "directory"],
        "the image's WORKDIR, such as /app: with in: job GitLab would start the command in its checkout",
      );
    if (image.matrix && image.name.startsWith("and-push-"))
      issue(
        [...path, "images", i, "name"],
        "another name for an image with a matrix: the job build-and-push-… belongs to another image's",
      );
    if (image.validate && fleet?.executor === "shell")
      issue(
        [...path, "images", i, "validate"],
        `a fleet with executor: docker; ${fleet.name} has executor: shell, where GitLab starts no services`,
      );
  });
}

/** What only GitLab's own registry knows. */
function checkRegistryRules(project: ProjectConfig, path: Path, issue: Report): void {
  const own = project.registry === "gitlab" || "gitlab" in project.registry;
  if (project.protection?.containers && !own)
    issue([...path, "protection", "containers"], "false: the project's registry is not GitLab's own");
  if (project.cleanup && !own)
    issue([...path, "cleanup"], "none: the project's registry is not GitLab's own, and has rules of its own");
  if (!project.cleanup) return;
  const { length } = keptTags(allCells(project));
  if (length > LONGEST_PATTERN)
    issue(
      [...path, "cleanup"],
      `none: the pattern that keeps every cell of the matrices has ${length} characters, and GitLab takes ${LONGEST_PATTERN}`,
    );
}

function covers(fleet: FleetConfig, path: string): boolean {
  if ("instance" in fleet.scope) return true;
  if ("group" in fleet.scope) return path.startsWith(`${fleet.scope.group}/`);
  // A runner that is not locked can be enabled for other projects, which is the user's to do.
  return fleet.scope.project === path || !fleet.locked;
}
