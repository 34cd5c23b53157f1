/** The lab's GitLab, as people use it. */
import { Agent, fetch } from "undici";
import type { Lab } from "../../lab/lab.ts";

/**
 * Asks GitLab's API.
 *
 * @param token whose rights it has; the administrator's unless given.
 * @returns what GitLab answers; undefined for an answer without a body.
 * @throws with GitLab's answer, where it refuses.
 */
export async function callGitlab(
  { gitlab, ca }: Lab,
  method: string,
  path: string,
  body?: object,
  token: string = gitlab.adminToken,
): Promise<unknown> {
  const agent = new Agent({ connect: { ca: ca.caPem } });
  try {
    const response = await fetch(`${gitlab.apiUrl}${path}`, {
      method,
      dispatcher: agent,
      headers: { "content-type": "application/json", "private-token": token },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  } finally {
    await agent.close();
  }
}
