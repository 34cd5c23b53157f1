/**
 * Hands generated files back to whoever has the project: with another first line they are nobody's, and nothing in them
 * changes what they do. Run by a command resource when a stack lets a project go that has `onDestroy: keep`.
 *
 * Reads from the environment GITLAB_API, GITLAB_PROJECT, BRANCH, STACK and FILES (a JSON list), and the token from
 * standard input or from GITLAB_TOKEN. Files that are another's by now, or not there, are left alone.
 * @see https://docs.gitlab.com/api/repository_files/#update-a-file-in-a-repository
 */
import { text } from "node:stream/consumers";
import { z } from "zod";
import { askGitlab } from "./ask-gitlab.ts";
import { handedBack, writtenBy } from "./ownership.ts";

const { GITLAB_API = "", GITLAB_PROJECT = "", BRANCH = "", STACK = "", FILES = "[]" } = process.env;

const answer = z.object({ content: z.string(), last_commit_id: z.string() });

const address = (path: string): string =>
  `${GITLAB_API}/projects/${encodeURIComponent(GITLAB_PROJECT)}/repository/files/${encodeURIComponent(path)}`;

const ask = (url: string, token: string, body?: unknown): Promise<unknown> =>
  askGitlab(url, {
    token,
    body,
    remedy: `Handing files back needs a token with the scope api, of somebody who may push to ${BRANCH}.`,
  });

async function handBack(path: string, token: string): Promise<void> {
  const found = await ask(`${address(path)}?ref=${encodeURIComponent(BRANCH)}`, token);
  if (found === undefined) return;
  const file = answer.parse(found);
  const content = Buffer.from(file.content, "base64").toString("utf8");
  if (writtenBy(content) !== STACK) return;
  await ask(address(path), token, {
    branch: BRANCH,
    content: Buffer.from(handedBack(content)).toString("base64"),
    encoding: "base64",
    commit_message: `Hand ${path} back: stack ${STACK} of buildx-runners lets it go [skip ci]`,
    last_commit_id: file.last_commit_id,
  });
  console.log(`handed back ${path}`);
}

try {
  const token = (await text(process.stdin)).trim() || (process.env.GITLAB_TOKEN ?? "");
  for (const path of z.array(z.string()).parse(JSON.parse(FILES))) await handBack(path, token);
} catch (error) {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
  console.error(
    `files of ${GITLAB_PROJECT}: ${error instanceof Error ? error.message : String(error)}${cause}`,
  );
  process.exitCode = 1;
}
