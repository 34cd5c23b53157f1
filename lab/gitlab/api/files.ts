import { createHash } from "node:crypto";
import { z } from "zod";
import { forbidden, invalidParameters, notFound, refused } from "../errors.ts";
import { filledText, flag } from "../parameters.ts";
import { recordPush } from "../pipelines.ts";
import type { FileChange, RepositoryFile } from "../repository.ts";
import { type Call, type Route, route } from "../router.ts";
import { accessLevels, mayPush } from "../state.ts";

const reading = z.looseObject({ ref: filledText });
const committing = z.looseObject({
  branch: filledText,
  commit_message: filledText,
});
const writing = committing.extend({
  content: z.string(),
  encoding: z.enum(["text", "base64"]).default("text"),
  last_commit_id: z.string().optional(),
  execute_filemode: flag.optional(),
});

const path = "/projects/:id/repository/files/:file";

/** Files of a repository; every change is a commit. */
export const fileRoutes: readonly Route[] = [
  route({
    method: "GET",
    path,
    scopes: ["read_repository"],
    parameters: reading,
    handle: async (call, { ref }) => ({ status: 200, body: await describe(call, ref) }),
  }),
  route({
    method: "POST",
    path,
    parameters: writing,
    handle: (call, given) =>
      write(call, given, 201, (existing) => {
        if (existing !== undefined) throw refused(400, "A file with this name already exists");
        return newContent(given);
      }),
  }),
  route({
    method: "PUT",
    path,
    parameters: writing,
    handle: (call, given) =>
      write(call, given, 200, async (existing, parent) => {
        if (existing === undefined) throw refused(400, "A file with this name doesn't exist");
        await checkUnchanged(call, given.last_commit_id, parent);
        const change = { executable: existing.executable, ...newContent(given) };
        if (change.content?.equals(existing.content) && change.executable === existing.executable) {
          // GitLab's documentation: an empty commit is refused, with a message that names no reason.
          throw refused(400, "Something went wrong while committing your changes. Please try again.");
        }
        return change;
      }),
  }),
  route({
    method: "DELETE",
    path,
    parameters: committing,
    handle: (call, given) =>
      write(call, given, 204, (existing) => {
        if (existing === undefined) throw refused(400, "A file with this name doesn't exist");
        return { content: undefined };
      }),
  }),
];

type Edit = Omit<FileChange, "path">;

/** Commits what `edit` makes of the file, one request at a time for each repository. */
function write(
  call: Call,
  given: z.output<typeof committing>,
  status: number,
  edit: (existing: RepositoryFile | undefined, parent: string) => Edit | Promise<Edit>,
) {
  const { project, user } = call;
  const { repository } = project;
  const file = filePath(call);
  if (call.level < accessLevels.developer) throw forbidden();
  if (!mayPush(project, given.branch, user, call.level)) {
    throw refused(400, "You are not allowed to push into this branch");
  }
  return repository.exclusively(async () => {
    const parent = await repository.branch(given.branch);
    if (parent === undefined) {
      throw refused(400, "You can only create or edit files when you are on a branch");
    }
    const change = await edit(await repository.file(parent, file), parent);
    const sha = await repository.commit({
      branch: given.branch,
      parent,
      message: given.commit_message,
      changes: [{ path: file, ...change }],
      author: { name: user.name, email: user.email },
    });
    await recordPush(call.state, project, {
      ...{ ref: given.branch, sha, before: parent },
      message: given.commit_message,
    });
    return status === 204 ? { status } : { status, body: { file_path: file, branch: given.branch } };
  });
}

async function checkUnchanged(call: Call, known: string | undefined, parent: string): Promise<void> {
  if (known === undefined) return;
  if ((await call.project.repository.lastCommit(parent, filePath(call))) !== known) {
    throw refused(400, "You are attempting to update a file that has changed since you started editing it.");
  }
}

function newContent(given: z.output<typeof writing>): Edit {
  const content = Buffer.from(given.content, given.encoding === "base64" ? "base64" : "utf8");
  return given.execute_filemode === undefined ? { content } : { content, executable: given.execute_filemode };
}

/** @throws ApiError 400 for a path that leaves the repository. */
function filePath(call: Call): string {
  const file = call.path.file ?? "";
  const parts = file.split("/");
  if (parts.some((part) => part === "" || part === "." || part === ".." || part.toLowerCase() === ".git")) {
    throw invalidParameters(["file_path should be a valid file path"]);
  }
  return file;
}

async function describe(call: Call, ref: string) {
  const { repository } = call.project;
  const name = filePath(call);
  const commit = await repository.resolve(ref === "HEAD" ? call.project.defaultBranch : ref);
  if (commit === undefined) throw notFound("Commit");
  const file = await repository.file(commit, name);
  if (file === undefined) throw notFound("File");
  return {
    file_name: name.split("/").at(-1) ?? name,
    file_path: name,
    size: file.content.length,
    encoding: "base64",
    content_sha256: createHash("sha256").update(file.content).digest("hex"),
    ref,
    blob_id: file.blobId,
    commit_id: commit,
    last_commit_id: await repository.lastCommit(commit, name),
    execute_filemode: file.executable,
    content: file.content.toString("base64"),
  };
}
