import { z } from "zod";
import { requireScope } from "./authentication.ts";
import { forbidden, notFound, unauthorized } from "./errors.ts";
import { checkParameters } from "./parameters.ts";
import {
  type AccessToken,
  accessLevels,
  type Project,
  type Role,
  type Scope,
  type State,
  type User,
} from "./state.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What an endpoint answers with; a body that is undefined is left out. */
export interface Reply {
  readonly status: number;
  /** JSON, but for bytes: those are sent as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request, as far as it is understood. */
export interface Request {
  /** As the client wrote it, with the query. */
  readonly address: URL;
  /** Query and body in one, as GitLab merges them. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly token: AccessToken | undefined;
}

/** What an endpoint works with. */
export class Call {
  readonly state: State;
  readonly request: Request;
  /** Base address of the stand-in, without a slash at the end. */
  readonly url: string;
  /** Named parts of the path: `id`, `key`, … */
  readonly path: Readonly<Record<string, string>>;

  constructor(state: State, request: Request, url: string, path: Readonly<Record<string, string>>) {
    this.state = state;
    this.request = request;
    this.url = url;
    this.path = path;
  }

  /** Whoever asks. @throws ApiError 401 when the request carries no token. */
  get user(): User {
    const user = this.request.token?.user;
    if (user === undefined) throw unauthorized();
    return user;
  }

  /** The user's access level on the project of the path. */
  get level(): number {
    return this.state.accessLevel(this.user, this.project.path);
  }

  /** The project `:id` names. @throws ApiError 404, also for one the user may not see. */
  get project(): Project {
    const project = this.state.findProject(this.path.id ?? "");
    if (project === undefined) throw notFound("Project");
    if (this.state.accessLevel(this.user, project.path) < accessLevels.guest) throw notFound("Project");
    return project;
  }
}

interface RouteOptions<Schema extends z.ZodType> {
  readonly method: Method;
  /** Below `/api/v4`; parts that begin with a colon are parameters, one with a star at the end is all of the rest. */
  readonly path: string;
  /** Scopes any one of which suffices besides `api`; `anyone` where no user's token is asked for. */
  readonly scopes?: readonly Scope[] | "anyone" | "any";
  /** Least role in the project that `:id` names. */
  readonly role?: Role;
  readonly parameters?: Schema;
  readonly handle: (call: Call, parameters: z.output<Schema>) => Reply | Promise<Reply>;
}

export interface Route {
  readonly method: Method;
  readonly pattern: readonly string[];
  readonly run: (call: Call) => Promise<Reply>;
}

/** One line of the table of endpoints: token, scope, role and parameters are checked in GitLab's order. */
export function route<Schema extends z.ZodType = z.ZodObject>(options: RouteOptions<Schema>): Route {
  return {
    method: options.method,
    pattern: options.path.split("/").slice(1),
    run: async (call) => {
      checkToken(call, options.scopes ?? [], options.method);
      if (options.role !== undefined && call.level < accessLevels[options.role]) throw forbidden();
      const parameters = checkParameters(options.parameters ?? z.looseObject({}), call.request.parameters);
      return options.handle(call, parameters as z.output<Schema>);
    },
  };
}

function checkToken(call: Call, sufficient: readonly Scope[] | "anyone" | "any", method: Method): void {
  if (sufficient === "anyone") return;
  const { token } = call.request;
  if (token === undefined) throw unauthorized();
  if (sufficient === "any") return;
  const reading: readonly Scope[] = method === "GET" ? ["read_api"] : [];
  requireScope(token, ["api", ...reading, ...sufficient]);
}

/** Finds the endpoint of a request. @returns undefined when there is none. */
export function match(
  routes: readonly Route[],
  method: string,
  segments: readonly string[],
): { readonly route: Route; readonly path: Readonly<Record<string, string>> } | undefined {
  for (const candidate of routes) {
    const { pattern } = candidate;
    const open = pattern.at(-1)?.startsWith("*") === true;
    const long = open ? segments.length >= pattern.length : segments.length === pattern.length;
    if (candidate.method !== method || !long) continue;
    const path: Record<string, string> = {};
    const fits = pattern.every((part, index) => {
      const segment = segments[index] ?? "";
      if (part.startsWith("*")) {
        path[part.slice(1)] = segments.slice(index).join("/");
        return true;
      }
      if (!part.startsWith(":")) return part === segment;
      path[part.slice(1)] = segment;
      return true;
    });
    if (fits) return { route: candidate, path };
  }
  return undefined;
}

/** One page of a list, each item as `entity` shows it, with GitLab's paging headers. */
export function page<Item>(call: Call, list: readonly Item[], entity: (item: Item) => unknown): Reply {
  const number = (name: string, fallback: number, most: number) => {
    const given = Number(call.request.parameters[name] ?? fallback);
    return Number.isInteger(given) && given > 0 ? Math.min(given, most) : fallback;
  };
  const size = number("per_page", 20, 100);
  const current = number("page", 1, Number.MAX_SAFE_INTEGER);
  const pages = Math.max(1, Math.ceil(list.length / size));
  return {
    status: 200,
    body: list.slice((current - 1) * size, current * size).map(entity),
    headers: {
      "x-page": String(current),
      "x-per-page": String(size),
      "x-total": String(list.length),
      "x-total-pages": String(pages),
      "x-next-page": current < pages ? String(current + 1) : "",
      "x-prev-page": current > 1 ? String(current - 1) : "",
      link: links(call.request.address, { current, pages, size }),
    },
  };
}

/** @see https://docs.gitlab.com/api/rest/#pagination-link-header */
function links(
  address: URL,
  { current, pages, size }: { readonly current: number; readonly pages: number; readonly size: number },
): string {
  const to = (number: number, relation: string) => {
    const target = new URL(address);
    target.searchParams.set("page", String(number));
    target.searchParams.set("per_page", String(size));
    return `<${target}>; rel="${relation}"`;
  };
  const around = [
    ...(current > 1 ? [to(current - 1, "prev")] : []),
    ...(current < pages ? [to(current + 1, "next")] : []),
  ];
  return [...around, to(1, "first"), to(pages, "last")].join(", ");
}
