/** The other environments of this repository, whose hosts, projects and tags this stack must not use. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { FLEET_KEYS, sshHosts } from "../runner/fleets/kinds.ts";
import { machineOf } from "../runner/fleets/ssh/schema.ts";
import { keyOf } from "./explain.ts";
import { gitlabUrlOf } from "./gitlab.ts";
import type { StackConfig } from "./schema.ts";
import { readStackFile } from "./stack-file.ts";

/** A list of which every entry that is not as expected is left out: such a file has a check of its own. */
const listOf = <T extends z.ZodType>(entry: T) =>
  z
    .array(z.unknown())
    .catch([])
    .transform((items) => items.flatMap((item) => entry.safeParse(item).data ?? []));

const scopeShape = z.union([
  z.strictObject({ project: z.string() }),
  z.strictObject({ group: z.string() }),
  z.strictObject({ instance: z.literal(true) }),
]);

type Scope = z.output<typeof scopeShape>;

const hostsShape = listOf(
  z.looseObject({
    address: z.string(),
    port: z.number().default(22),
    bastion: z.looseObject({ address: z.string() }).optional(),
    gone: z.boolean().default(false),
  }),
);

const shape = z.looseObject({
  fleets: listOf(
    z.looseObject({
      scope: scopeShape,
      tags: listOf(z.string()),
      refs: z.string().default("separated"),
    }),
  ),
  projects: listOf(z.looseObject({ path: z.string() })),
});

/** Another stack, as described by its file. */
export interface Neighbour {
  readonly stack: string;
  readonly gitlabUrl: string;
  readonly fleets: z.output<typeof shape>["fleets"];
  readonly projects: z.output<typeof shape>["projects"];
}

/**
 * @param text of `Pulumi.<stack>.yaml`.
 * @throws {ConfigError} where it is no YAML.
 */
export function neighbour(stack: string, text: string): Neighbour {
  const { values, baseUrl } = readStackFile(text, `Pulumi.${stack}.yaml`);
  const { fleets, projects } = shape.parse(values);
  return { stack, gitlabUrl: gitlabUrlOf(baseUrl), fleets, projects };
}

const environments = z.looseObject({ environments: listOf(z.looseObject({ stack: z.string() })) });

/**
 * The stacks beside which one is delivered: those of delivery.yaml, where it is one of them. Files of others are
 * examples.
 *
 * @param directory the repository's root.
 */
export function neighboursOf(stack: string, directory: string): Neighbour[] {
  const file = join(directory, "delivery.yaml");
  const found = existsSync(file) ? environments.safeParse(parse(readFileSync(file, "utf8"))).data : undefined;
  const stacks = found?.environments.map((entry) => entry.stack) ?? [];
  if (!stacks.includes(stack)) return [];
  return stacks.flatMap((name) => {
    const path = join(directory, `Pulumi.${name}.yaml`);
    return name === stack || !existsSync(path) ? [] : [neighbour(name, readFileSync(path, "utf8"))];
  });
}

const below = (path: string, group: string): boolean => path === group || path.startsWith(`${group}/`);

/** Whether there is a project whose jobs both scopes take. */
function overlap(one: Scope, other: Scope): boolean {
  if ("instance" in one || "instance" in other) return true;
  if ("project" in one)
    return "project" in other ? one.project === other.project : below(one.project, other.group);
  return "project" in other
    ? below(other.project, one.group)
    : below(one.group, other.group) || below(other.group, one.group);
}

const within = (some: readonly string[], all: readonly string[]): boolean =>
  some.every((tag) => all.includes(tag));

function hostClashes(own: StackConfig, { stack, fleets }: Neighbour): string[] {
  // Whatever kind of fleet lists machines by their addresses.
  const listed = fleets.flatMap((fleet) => FLEET_KEYS.flatMap((kind) => hostsShape.parse(fleet[kind])));
  const theirs = new Set(listed.filter(({ gone }) => !gone).map(machineOf));
  return own.fleets.flatMap((fleet, f) =>
    sshHosts(fleet).flatMap((host, h) =>
      !theirs.has(machineOf(host)) || host.gone || host.takeOver?.startsWith(`${stack}/`)
        ? []
        : [
            `${keyOf(["fleets", f, fleet.kind, h, "address"])}: ${host.address} is a host of stack ${stack} (Pulumi.${stack}.yaml); use another machine, or remove this one from that stack first`,
          ],
    ),
  );
}

function tagClashes(own: StackConfig, { stack, fleets }: Neighbour): string[] {
  const isSeparated = (refs: string): boolean => refs === "separated";
  return own.fleets.flatMap(({ scope, tags, refs }, f) =>
    fleets.some(
      (fleet) =>
        isSeparated(refs) === isSeparated(fleet.refs) &&
        overlap(scope, fleet.scope) &&
        (within(tags, fleet.tags) || within(fleet.tags, tags)),
    )
      ? [
          `${keyOf(["fleets", f, "tags"])}: stack ${stack} has runners with the same tags in the same scope (Pulumi.${stack}.yaml), so each stack's runners would take the other's jobs; use other tags, such as ${tags[0]}-${own.stack}`,
        ]
      : [],
  );
}

/**
 * Conflicts between stacks: the same machines, projects or jobs.
 *
 * @returns a sentence for each, naming the other stack.
 */
export function clashes(own: StackConfig, neighbours: readonly Neighbour[]): string[] {
  return neighbours.flatMap((other) => {
    if (other.gitlabUrl !== own.gitlabUrl) return hostClashes(own, other);
    const paths = other.projects.map(({ path }) => path.toLowerCase());
    const projects = own.projects.flatMap(({ path }, p) =>
      paths.includes(path.toLowerCase())
        ? [
            `${keyOf(["projects", p, "path"])}: ${path} is a project of stack ${other.stack} (Pulumi.${other.stack}.yaml); a project belongs to one stack`,
          ]
        : [],
    );
    return [...hostClashes(own, other), ...tagClashes(own, other), ...projects];
  });
}
