/**
 * Sets a project's cleanup policy, and puts the one from before back: `set` and `restore`, run by a command resource,
 * since GitLab's provider has the policy only as a part of a whole project, which is not this stack's.
 *
 * Reads from the environment GITLAB_API, GITLAB_PROJECT and CLEANUP_POLICY, the token from standard input or from
 * GITLAB_TOKEN, and what it said the last time from PULUMI_COMMAND_STDOUT. Says which policy it found, in a line of JSON.
 * @see https://docs.gitlab.com/api/projects/#edit-a-project
 */
import { text } from "node:stream/consumers";
import { z } from "zod";
import { askGitlab } from "./ask-gitlab.ts";
import type { CleanupPolicy } from "./cleanup.ts";

const { GITLAB_API = "", GITLAB_PROJECT = "", CLEANUP_POLICY = "" } = process.env;
const project = `${GITLAB_API}/projects/${encodeURIComponent(GITLAB_PROJECT)}`;

/** GitLab's answer, and its own name for `name_regex_delete`. */
const answer = z.object({
  container_expiration_policy: z.object({
    enabled: z.boolean(),
    cadence: z.string(),
    keep_n: z.number().nullable(),
    older_than: z.string().nullable(),
    name_regex: z.string().nullable(),
    name_regex_keep: z.string().nullable(),
  }),
});

const said = z.object({ before: z.custom<CleanupPolicy>((value) => typeof value === "object") });

function before(): CleanupPolicy | undefined {
  const last = process.env.PULUMI_COMMAND_STDOUT?.trim().split("\n").at(-1);
  return last ? said.parse(JSON.parse(last)).before : undefined;
}

async function ask(token: string, body?: unknown): Promise<CleanupPolicy | undefined> {
  const remedy = "Setting it needs a token with the scope api, of a Maintainer.";
  const found = await askGitlab(project, { token, body, remedy });
  if (found === undefined) return undefined;
  const { name_regex, ...policy } = answer.parse(found).container_expiration_policy;
  return { ...policy, name_regex_delete: name_regex };
}

const attributes = (policy: unknown) => ({ container_expiration_policy_attributes: policy });

async function set(token: string): Promise<void> {
  const found = before() ?? (await ask(token));
  const done = found && (await ask(token, attributes(JSON.parse(CLEANUP_POLICY))));
  if (!done)
    throw new Error(
      "GitLab has no such project, or the token may not see it. Check the path, and that the token's user is a Maintainer.",
    );
  console.log(JSON.stringify({ before: found }));
}

async function restore(token: string): Promise<void> {
  const policy = before();
  // A project that is gone has no policy to put back.
  if (policy !== undefined) await ask(token, attributes(policy));
}

try {
  const token = (await text(process.stdin)).trim() || (process.env.GITLAB_TOKEN ?? "");
  await (process.argv[2] === "restore" ? restore : set)(token);
} catch (error) {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
  console.error(
    `cleanup policy of ${GITLAB_PROJECT}: ${error instanceof Error ? error.message : String(error)}${cause}`,
  );
  process.exitCode = 1;
}
