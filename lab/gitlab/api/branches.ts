import { notFound } from "../errors.ts";
import { type Route, route } from "../router.ts";
import { matchesWildcard, mayPush } from "../state.ts";

export const branchRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/projects/:id/repository/branches/:branch",
    scopes: ["read_repository"],
    handle: async ({ path, project, user, level, url }) => {
      const name = path.branch ?? "";
      if ((await project.repository.branch(name)) === undefined) throw notFound("Branch");
      return {
        status: 200,
        body: {
          name,
          protected: project.protectedBranches.some((rule) => matchesWildcard(rule.name, name)),
          default: name === project.defaultBranch,
          can_push: mayPush(project, name, user, level),
          web_url: `${url}/${project.path}/-/tree/${name}`,
        },
      };
    },
  }),
];
