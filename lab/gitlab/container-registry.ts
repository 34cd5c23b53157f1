/** Who may pull and push what in the container registry: GitLab's half of the registry's token protocol. */
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { importPKCS8, SignJWT } from "jose";
import type { IssuedCertificate } from "../ca.ts";
import type { RegistryAccessClaim } from "../registry-proxy.ts";
import { acceptedToken, basicCredentials, jobOf } from "./authentication.ts";
import { ApiError } from "./errors.ts";
import type { Reply } from "./router.ts";
import {
  type AccessToken,
  accessLevels,
  matchesWildcard,
  type Project,
  type RegistryRule,
  type RunningJob,
  type State,
  type User,
} from "./state.ts";

/** What GitLab calls itself, and what it calls its registry, in the tokens. */
export const REGISTRY_ISSUER = "gitlab-issuer";
export const REGISTRY_SERVICE = "container_registry";

/** Seconds: `container_registry_token_expire_delay`, 5 minutes unless an administrator changes it. */
const lifetime = 300;

const actions = ["pull", "push", "delete", "*"] as const;
type Action = (typeof actions)[number];

interface Client {
  readonly user: User | undefined;
  readonly job?: RunningJob;
  readonly token?: AccessToken;
}

/** Signs what the registry believes. */
export type RegistrySigner = (access: readonly RegistryAccessClaim[], subject: string) => Promise<string>;

/** @param certificate whose authority the registry trusts. */
export async function registrySigner(certificate: IssuedCertificate): Promise<RegistrySigner> {
  const key = await importPKCS8(await readFile(certificate.keyPath, "utf8"), "ES256");
  const chain = [new X509Certificate(await readFile(certificate.certPath)).raw.toString("base64")];
  return (access, subject) =>
    new SignJWT({ access })
      .setProtectedHeader({ alg: "ES256", typ: "JWT", x5c: chain })
      .setIssuer(REGISTRY_ISSUER)
      .setAudience(REGISTRY_SERVICE)
      .setSubject(subject)
      .setIssuedAt()
      .setNotBefore(Math.floor(Date.now() / 1000) - 5)
      .setExpirationTime(Math.floor(Date.now() / 1000) + lifetime)
      .sign(key);
}

/**
 * `GET /jwt/auth`: a token for the scopes that were asked for, with those of the actions that the client may do.
 *
 * @throws ApiError 401 for credentials that are none, 403 for a client without any and for a protected repository.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export async function answerTokenRequest(
  state: State,
  sign: RegistrySigner,
  query: URLSearchParams,
  headers: IncomingHttpHeaders,
): Promise<Reply> {
  const client = clientOf(state, headers);
  const scopes = query.getAll("scope").flatMap((scope) => scope.split(" "));
  if (client.user === undefined && scopes.length === 0) throw denied("access forbidden");
  const access = scopes.map((scope) => claimFor(state, client, scope)).filter((claim) => claim !== undefined);
  return { status: 200, body: { token: await sign(access, client.user?.username ?? "") } };
}

function clientOf(state: State, headers: IncomingHttpHeaders): Client {
  const credentials = basicCredentials(headers);
  if (credentials === undefined) return { user: undefined };
  if (credentials.user === "gitlab-ci-token") {
    const job = jobOf(state, credentials.password);
    if (job === undefined) throw unauthorized();
    return { user: job.user, job };
  }
  try {
    const token = acceptedToken(state, credentials.password);
    return { user: token.user, token };
  } catch {
    throw unauthorized();
  }
}

function claimFor(state: State, client: Client, scope: string): RegistryAccessClaim | undefined {
  const [, type, name = "", list = ""] = /^([a-z]+):(.+):([a-z*,]+)$/.exec(scope) ?? [];
  const asked = actions.filter((action) => list.split(",").includes(action));
  if (type === "registry") {
    const catalog = name === "catalog" && client.user?.admin === true && asked.includes("*");
    return catalog ? { type, name, actions: ["*"] } : undefined;
  }
  const project = projectOf(state, name);
  if (type !== "repository" || project === undefined) return undefined;
  const granted = asked.filter((action) => may(state, client, project, action));
  if (granted.length === 0) return undefined;
  if (granted.some((action) => action !== "pull")) refuseProtected(state, client, project, name);
  return {
    type,
    name,
    actions: granted,
    meta: { tag_deny_access_patterns: guarded(state, client, project) },
  };
}

/** A repository lies in the project whose path it begins with. */
function projectOf(state: State, repository: string): Project | undefined {
  const under = ({ path }: Project) => `${repository}/`.startsWith(`${path.toLowerCase()}/`);
  return state.projects.filter(under).toSorted((a, b) => b.path.length - a.path.length)[0];
}

function may(state: State, { user, job, token }: Client, project: Project, action: Action): boolean {
  if (project.settings.container_registry_access_level === "disabled") return false;
  if (user === undefined) return false;
  // Any job of the project may push to all of its registry, whatever its ref.
  if (job !== undefined) return job.project === project && (action === "pull" || action === "push");
  const reads = token?.scopes.some((scope) => ["api", "read_registry", "write_registry"].includes(scope));
  const writes = token?.scopes.some((scope) => ["api", "write_registry"].includes(scope));
  const level = state.accessLevel(user, project.path);
  if (action === "pull") return reads === true && level >= accessLevels.reporter;
  return writes === true && level >= (action === "push" ? accessLevels.developer : accessLevels.maintainer);
}

/** @see https://docs.gitlab.com/user/packages/container_registry/container_repository_protection_rules/ */
function refuseProtected(state: State, client: Client, project: Project, repository: string): void {
  const matching = project.repositoryRules.filter(({ pattern }) => matchesWildcard(pattern, repository));
  if (matching.some(({ pushLevel }) => !reaches(state, client, project, pushLevel)))
    throw denied("Pushing to protected repository path forbidden");
}

/**
 * The tags that the client may not change; GitLab's own registry refuses those.
 *
 * @see https://docs.gitlab.com/user/packages/container_registry/protected_container_tags/
 */
function guarded(state: State, client: Client, project: Project) {
  const beyond = (by: "pushLevel" | "deleteLevel") =>
    project.tagRules
      .filter((rule: RegistryRule) => !reaches(state, client, project, rule[by]))
      .map(({ pattern }) => pattern);
  return { push: beyond("pushLevel"), delete: beyond("deleteLevel") };
}

function reaches(state: State, { user }: Client, project: Project, least: string | null): boolean {
  if (least === null || user?.admin === true) return true;
  if (user === undefined || least === "admin") return false;
  return state.accessLevel(user, project.path) >= accessLevels[least === "owner" ? "owner" : "maintainer"];
}

const failure = (status: number, code: string, message: string) =>
  new ApiError(status, { errors: [{ code, message }] });
const denied = (message: string) => failure(403, "DENIED", message);
const unauthorized = () => failure(401, "UNAUTHORIZED", "HTTP Basic: Access denied");
