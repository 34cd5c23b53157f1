/** What GitLab's refusals mean for the person who runs the stack. */

/**
 * A sentence for an error of a look-up.
 *
 * @param path of the project or group that was asked for.
 * @see https://docs.gitlab.com/api/rest/troubleshooting/#status-codes
 */
export function explainRefusal(path: string, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (/\b401\b/.test(text))
    return `${path}: GitLab refuses the token. Check gitlab:token (or GITLAB_TOKEN): scopes api and create_runner, not expired.`;
  if (/\b403\b/.test(text))
    return `${path}: the token has no access. Its user needs the role Maintainer, and its scopes must be api and create_runner.`;
  if (/\b404\b/.test(text))
    return `${path}: GitLab has no such project or group, or the token may not see it. Check the path, and that the token's user is a Maintainer.`;
  const way = UNREACHABLE.find(({ pattern }) => pattern.test(text))?.way;
  return way === undefined ? `${path}: ${text}` : `${path}: no connection to GitLab: ${text}\n    ${way}`;
}

/** Error texts of the provider, which is a Go program, and of Node, if they cannot reach GitLab. */
const UNREACHABLE: readonly { readonly pattern: RegExp; readonly way: string }[] = [
  {
    pattern: /x509|certificate/i,
    way: "Is its certificate of a private CA? Set gitlab:cacertFile to the CA's certificate.",
  },
  {
    pattern: /no such host|ENOTFOUND|EAI_AGAIN|connection refused|ECONNREFUSED|no route to host|EHOSTUNREACH/,
    way: "Check gitlab:baseUrl (or GITLAB_BASE_URL), and that this computer can connect to it.",
  },
  {
    pattern: /i\/o timeout|deadline exceeded|ETIMEDOUT|Client\.Timeout|TLS handshake/i,
    way: "Check gitlab:baseUrl (or GITLAB_BASE_URL), firewalls, and the proxy (HTTPS_PROXY).",
  },
  {
    pattern: /\b(?:429|500|502|503|504)\b/,
    way: "Try again later: nothing was changed.",
  },
];

/** GitLab's number for the role that may register runners, set variables and commit to protected branches. */
const MAINTAINER = 40;

const ROLES: Readonly<Record<number, string>> = {
  5: "Minimal access",
  10: "Guest",
  15: "Planner",
  20: "Reporter",
  30: "Developer",
};

/**
 * Whether a role is too low, as far as GitLab tells: it says nothing of administrators.
 *
 * @param permissions as `getProject` returns them.
 * @see https://docs.gitlab.com/api/access_requests/#valid-access-levels
 */
export function roleObjection(
  path: string,
  permissions:
    | readonly { projectAccess?: Record<string, number>; groupAccess?: Record<string, number> }[]
    | undefined,
): string | undefined {
  const levels = (permissions ?? []).flatMap(({ projectAccess, groupAccess }) => [
    projectAccess?.access_level ?? 0,
    groupAccess?.access_level ?? 0,
  ]);
  const level = Math.max(0, ...levels);
  if (level === 0 || level >= MAINTAINER) return undefined;
  return `${path}: the token's user has the role ${ROLES[level] ?? level} there. Registering runners and committing to a protected branch needs Maintainer.`;
}
