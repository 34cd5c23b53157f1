import { notFound } from "../errors.ts";
import { type Call, page, type Route, route } from "../router.ts";
import { accessLevels, type User } from "../state.ts";
import { userBasic } from "./users.ts";

/** @see https://docs.gitlab.com/api/project_members/ */
export const memberRoutes: readonly Route[] = [
  route({ method: "GET", path: "/projects/:id/members", handle: (call) => list(call, direct) }),
  route({ method: "GET", path: "/projects/:id/members/all", handle: (call) => list(call, inherited) }),
  route({ method: "GET", path: "/projects/:id/members/:user", handle: (call) => one(call, direct) }),
  route({ method: "GET", path: "/projects/:id/members/all/:user", handle: (call) => one(call, inherited) }),
];

type Membership = (call: Call, user: User) => number;

/** Access level of the project's own membership. */
function direct({ project }: Call, user: User): number {
  const role = user.roles.get(project.path);
  return role === undefined ? accessLevels.none : accessLevels[role];
}

/** The highest there is, of the project and the groups above it. */
function inherited({ state, project }: Call, user: User): number {
  return state.membership(user, project.path);
}

function list(call: Call, membership: Membership) {
  const members = call.state.users.filter((user) => membership(call, user) > accessLevels.none);
  return page(
    call,
    members.map((user) => memberEntity(call, user, membership(call, user))),
  );
}

function one(call: Call, membership: Membership) {
  const user = call.state.users.find(({ id }) => String(id) === call.path.user);
  if (user === undefined || membership(call, user) === accessLevels.none) throw notFound();
  return { status: 200, body: memberEntity(call, user, membership(call, user)) };
}

function memberEntity(call: Call, user: User, level: number): Record<string, unknown> {
  return {
    ...userBasic(call, user),
    ...{ access_level: level, created_at: user.createdAt, expires_at: null, membership_state: "active" },
  };
}
