import { z } from "zod";
import type { Wire, WireObject } from "../wire.ts";
import { apiPath, type GitlabClient } from "./client.ts";

/** A function of the provider: arguments in, what GitLab says out. */
export type GitlabFunction = (client: GitlabClient, args: WireObject) => Promise<WireObject>;

const record = z.record(z.string(), z.json());
const projectArgs = z.strictObject({ id: z.string().optional(), pathWithNamespace: z.string().optional() });
const groupArgs = z.strictObject({ groupId: z.int().optional(), fullPath: z.string().optional() });
const fileArgs = z.strictObject({ project: z.string(), ref: z.string(), filePath: z.string() });

/** Functions by token. */
export const functions: Readonly<Record<string, GitlabFunction>> = {
  "gitlab:index/getProject:getProject": async (client, args) => {
    const { id, pathWithNamespace } = projectArgs.parse(args);
    const project = id ?? pathWithNamespace;
    if (project === undefined) throw new Error("getProject needs id or pathWithNamespace");
    const found = record.parse(await client.call("GET", apiPath`projects/${project}`));
    return { ...plainProperties(found), id: String(found.id), permissions: permissionsOf(found.permissions) };
  },
  "gitlab:index/getGroup:getGroup": async (client, args) => {
    const { groupId, fullPath } = groupArgs.parse(args);
    const group = groupId ?? fullPath;
    if (group === undefined) throw new Error("getGroup needs groupId or fullPath");
    const found = record.parse(await client.call("GET", apiPath`groups/${group}`));
    const { visibility = null, ...rest } = plainProperties(found);
    return { ...rest, id: String(found.id), groupId: found.id ?? null, visibilityLevel: visibility };
  },
  "gitlab:index/getRepositoryFile:getRepositoryFile": async (client, args) => {
    const { project, ref, filePath } = fileArgs.parse(args);
    const path = apiPath`projects/${project}/repository/files/${filePath}`;
    const found = record.parse(await client.call("GET", path, { ref }));
    return { ...plainProperties(found), project, id: `${project}:${ref}:${filePath}` };
  },
};

const access = z.record(z.string(), z.number()).nullish();
const permissions = z.looseObject({ project_access: access, group_access: access }).nullish();

/** The published provider has a list of one, whose mappings keep GitLab's own keys. */
function permissionsOf(found: unknown): Wire[] {
  const { project_access, group_access } = permissions.parse(found) ?? {};
  return [{ projectAccess: project_access ?? {}, groupAccess: group_access ?? {} }];
}

/** GitLab's names in the provider's spelling; what is neither a plain value nor a list of them is left out. */
function plainProperties(found: WireObject): Record<string, Wire> {
  return Object.fromEntries(
    Object.entries(found)
      .filter(([, value]) => isPlain(value) || (Array.isArray(value) && value.every(isPlain)))
      .map(([name, value]) => [name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), value]),
  );
}

function isPlain(value: Wire): boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}
