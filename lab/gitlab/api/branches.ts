import { z } from "zod";
import { forbidden, notFound, refused } from "../errors.ts";
import { filledText } from "../parameters.ts";
import { recordPush } from "../pipelines.ts";
import type { Commit } from "../repository.ts";
import { type Call, page, type Route, route } from "../router.ts";
import { accessLevels, matchesWildcard, mayPush } from "../state.ts";

/** Branches and commits. */
export const branchRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/projects/:id/repository/branches",
    scopes: ["read_repository"],
    handle: async (call) => {
      const branches = await call.project.repository.refs("heads");
      return page(call, await Promise.all([...branches].map(([name, sha]) => branchEntity(call, name, sha))));
    },
  }),
  route({
    method: "GET",
    path: "/projects/:id/repository/branches/:branch",
    scopes: ["read_repository"],
    handle: async (call) => {
      const { name, sha } = await findBranch(call);
      return { status: 200, body: await branchEntity(call, name, sha) };
    },
  }),
  route({
    method: "POST",
    path: "/projects/:id/repository/branches",
    role: "developer",
    parameters: z.looseObject({ branch: filledText, ref: filledText }),
    handle: async (call, { branch, ref }) => {
      const { repository } = call.project;
      if ((await repository.branch(branch)) !== undefined) throw refused(400, "Branch already exists");
      if (!(await repository.isValidBranchName(branch))) throw refused(400, "Branch name is invalid");
      const sha = await repository.resolve(ref);
      if (sha === undefined) throw refused(400, `Invalid reference name: ${ref}`);
      await repository.setBranch(branch, sha);
      const [commit] = await repository.commits(sha, 1);
      await recordPush(call.state, call.project, {
        ...{ ref: branch, sha, before: undefined },
        message: commit?.message ?? "",
      });
      return { status: 201, body: await branchEntity(call, branch, sha) };
    },
  }),
  route({
    method: "DELETE",
    path: "/projects/:id/repository/branches/:branch",
    role: "developer",
    handle: async (call) => {
      const { name } = await findBranch(call);
      if (name === call.project.defaultBranch) throw refused(405, "405 Method Not Allowed");
      if (call.project.protectedBranches.some((rule) => matchesWildcard(rule.name, name))) throw forbidden();
      await call.project.repository.setBranch(name, undefined);
      return { status: 204 };
    },
  }),
  route({
    method: "GET",
    path: "/projects/:id/repository/commits",
    scopes: ["read_repository"],
    parameters: z.looseObject({ ref_name: z.string().optional() }),
    handle: async (call, { ref_name }) => {
      const { repository, defaultBranch } = call.project;
      const start = await repository.resolve(ref_name ?? defaultBranch);
      if (start === undefined) throw notFound("Repository");
      return page(call, (await repository.commits(start, 1000)).map(commitEntity));
    },
  }),
];

async function findBranch(call: Call): Promise<{ name: string; sha: string }> {
  const name = call.path.branch ?? "";
  const sha = await call.project.repository.branch(name);
  if (sha === undefined) throw notFound("Branch");
  return { name, sha };
}

async function branchEntity(call: Call, name: string, sha: string): Promise<Record<string, unknown>> {
  const { project, user, level } = call;
  const rules = project.protectedBranches.filter((rule) => matchesWildcard(rule.name, name));
  const [commit] = await project.repository.commits(sha, 1);
  const developers = (key: "pushLevel" | "mergeLevel") =>
    rules.some((rule) => rule[key] === accessLevels.developer);
  return {
    name,
    merged: false,
    protected: rules.length > 0,
    default: name === project.defaultBranch,
    developers_can_push: developers("pushLevel"),
    developers_can_merge: developers("mergeLevel"),
    ...{
      can_push: mayPush(project, name, user, level),
      web_url: `${call.url}/${project.path}/-/tree/${name}`,
    },
    commit: commit === undefined ? null : commitEntity(commit),
  };
}

/** A commit as lists show it. */
export function commitEntity(commit: Commit): Record<string, unknown> {
  const { sha, parents, author, date, message } = commit;
  return {
    id: sha,
    short_id: sha.slice(0, 8),
    title: message.split("\n")[0],
    message,
    parent_ids: parents,
    author_name: author.name,
    author_email: author.email,
    authored_date: date,
    committer_name: author.name,
    committer_email: author.email,
    committed_date: date,
    created_at: date,
  };
}
