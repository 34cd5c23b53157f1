/** Requests to GitLab's API by the programs that command resources run. */

/** How a program asks. */
export interface Request {
  readonly token: string;
  /** Makes it a PUT. */
  readonly body?: unknown;
  /** For a refusal: `Setting it needs a token with the scope api, of a Maintainer.` */
  readonly remedy: string;
}

/**
 * @returns what GitLab answers; undefined where there is no such thing.
 * @throws with GitLab's own words and the remedy, where it refuses, and after a minute.
 *
 * @example
 * await askGitlab(`${api}/projects/7`, { token, remedy: "It needs a token with the scope read_api." });
 */
export async function askGitlab(url: string, { token, body, remedy }: Request): Promise<unknown> {
  const response = await fetch(url, {
    method: body === undefined ? "GET" : "PUT",
    headers: { "PRIVATE-TOKEN": token, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  if (response.status === 404) return undefined;
  if (!response.ok)
    throw new Error(`GitLab says ${response.status} ${(await response.text()).slice(0, 500)}. ${remedy}`);
  return response.json();
}
