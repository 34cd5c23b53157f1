import { z } from "zod";
import { notFound } from "../errors.ts";
import { type Call, type Route, route } from "../router.ts";
import { accessLevels, type User } from "../state.ts";

/** Who is asking, where, and with what. */
export const userRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/user",
    scopes: ["read_user"],
    handle: (call) => ({ status: 200, body: userEntity(call, call.user) }),
  }),
  route({
    method: "GET",
    path: "/personal_access_tokens/self",
    scopes: "any",
    handle: ({ request, user }) => {
      const token = request.token;
      if (token === undefined) throw notFound();
      const { id, name, revoked, createdAt, scopes, expiresAt } = token;
      const body = { id, name, revoked, created_at: createdAt, scopes, user_id: user.id, active: !revoked };
      const lastUsed = new Date().toISOString();
      return {
        status: 200,
        body: { ...body, description: null, last_used_at: lastUsed, expires_at: expiresAt },
      };
    },
  }),
  route({
    method: "GET",
    path: "/version",
    scopes: ["read_user"],
    handle: ({ state }) => ({ status: 200, body: { version: state.instance.version, revision: "lab" } }),
  }),
  route({
    method: "GET",
    path: "/metadata",
    scopes: ["read_user"],
    handle: ({ state: { instance } }) => ({
      status: 200,
      body: {
        version: instance.version,
        revision: "lab",
        kas: { enabled: false, externalUrl: null, version: null },
        enterprise: instance.enterprise,
      },
    }),
  }),
  route({
    method: "GET",
    path: "/groups/:id",
    parameters: z.looseObject({}),
    handle: (call) => {
      const group = call.state.findGroup(call.path.id ?? "");
      if (group === undefined || call.state.accessLevel(call.user, group.path) < accessLevels.guest) {
        throw notFound("Group");
      }
      const parent = call.state.groups.find((other) => other.path === parentOf(group.path));
      const name = group.path.split("/").at(-1);
      return {
        status: 200,
        body: {
          id: group.id,
          name,
          path: name,
          full_path: group.path,
          full_name: fullName(group.path),
          web_url: `${call.url}/groups/${group.path}`,
          created_at: group.createdAt,
          visibility: "private",
          description: "",
          parent_id: parent?.id ?? null,
          shared_runners_setting: "enabled",
          request_access_enabled: true,
          archived: false,
        },
      };
    },
  }),
];

/** `acme / shop`. */
export function fullName(path: string): string {
  return path.split("/").join(" / ");
}

/** Full path one level up; empty at the top. */
export function parentOf(path: string): string {
  return path.split("/").slice(0, -1).join("/");
}

/** A user as others see it. */
export function userBasic(call: Call, user: User): Record<string, unknown> {
  const { id, username, name } = user;
  return { id, username, name, state: "active", web_url: `${call.url}/${username}` };
}

function userEntity(call: Call, user: User): Record<string, unknown> {
  return {
    ...userBasic(call, user),
    public_email: "",
    bot: user.bot,
    created_at: user.createdAt,
    email: user.email,
    namespace_id: user.id,
    two_factor_enabled: false,
    external: false,
    ...(user.admin ? { is_admin: true } : {}),
  };
}
