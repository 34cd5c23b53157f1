import { z } from "zod";
import type { WireObject } from "../../wire.ts";
import { apiPath, type GitlabClient, unlessAbsent } from "../client.ts";
import { defined, idParts, kind } from "../kind.ts";

const inputs = z.strictObject({
  project: z.string(),
  branch: z.string(),
  filePath: z.string(),
  content: z.string(),
  encoding: z.enum(["text", "base64"]),
  commitMessage: z.string().optional(),
  createCommitMessage: z.string().optional(),
  updateCommitMessage: z.string().optional(),
  deleteCommitMessage: z.string().optional(),
  executeFilemode: z.boolean().optional(),
  overwriteOnCreate: z.boolean().optional(),
});
type Inputs = z.output<typeof inputs>;

/** What GitLab does not tell: it stays as it was given. */
const unreadable: readonly (keyof Inputs)[] = [
  "commitMessage",
  "createCommitMessage",
  "updateCommitMessage",
  "deleteCommitMessage",
  "overwriteOnCreate",
];

const described = z.looseObject({
  blob_id: z.string(),
  commit_id: z.string(),
  content: z.string(),
  content_sha256: z.string(),
  execute_filemode: z.boolean(),
  file_name: z.string(),
  file_path: z.string(),
  last_commit_id: z.string(),
  ref: z.string(),
  size: z.number(),
});
type Described = z.output<typeof described>;

/** @see https://docs.gitlab.com/api/repository_files/ */
export const repositoryFile = kind({
  type: "gitlab:index/repositoryFile:RepositoryFile",
  inputs,
  replaceOn: ["project", "branch", "filePath"],
  check: (given) => {
    const all = given.commitMessage !== undefined;
    const needed = ["createCommitMessage", "updateCommitMessage", "deleteCommitMessage"] as const;
    const missing = needed.filter((name) => !all && given[name] === undefined);
    const escapes = /^\/|^\.\//.test(given.filePath ?? "");
    return [
      ...missing.map((property) => ({ property, reason: "is required where commitMessage is not given" })),
      ...(escapes ? [{ property: "filePath", reason: "must begin neither with / nor with ./" }] : []),
    ];
  },
  create: (client, given) =>
    client.exclusively(async () => {
      const existing = given.overwriteOnCreate === true ? await describe(client, given) : undefined;
      const message = given.createCommitMessage ?? given.commitMessage;
      const method = existing === undefined ? "POST" : "PUT";
      if (existing === undefined || !isSame(existing, given)) {
        await client.call(method, pathOf(given), write(given, message, existing));
      }
      return { id: `${given.project}:${given.branch}:${given.filePath}` };
    }),
  read: async (client, id, known) => {
    const [project = "", branch = "", filePath = ""] = idParts(id, "project:branch:path");
    const file = await describe(client, { project, branch, filePath });
    if (file === undefined) return undefined;
    const encoding = known.encoding === "base64" ? "base64" : "text";
    return {
      ...Object.fromEntries(
        unreadable.flatMap((name) => (known[name] === undefined ? [] : [[name, known[name]]])),
      ),
      ...(known.executeFilemode === undefined ? {} : { executeFilemode: file.execute_filemode }),
      project,
      branch,
      filePath: file.file_path,
      encoding,
      content: encoding === "base64" ? file.content : decoded(file.content),
      blobId: file.blob_id,
      commitId: file.commit_id,
      contentSha256: file.content_sha256,
      fileName: file.file_name,
      lastCommitId: file.last_commit_id,
      ref: file.ref,
      size: file.size,
    };
  },
  update: (client, _id, given) =>
    client.exclusively(async () => {
      const existing = await describe(client, given);
      // A new message alone is no reason for a commit, and GitLab refuses one without a change.
      if (existing !== undefined && isSame(existing, given)) return;
      const message = given.updateCommitMessage ?? given.commitMessage;
      const method = existing === undefined ? "POST" : "PUT";
      await client.call(method, pathOf(given), write(given, message, existing));
    }),
  remove: (client, _id, known) =>
    client.exclusively(async () => {
      const given = inputs.partial().loose().parse(known);
      const existing = await describe(client, given);
      if (existing === undefined) return;
      await client.call(
        "DELETE",
        pathOf(given),
        defined({
          branch: given.branch,
          commit_message: given.deleteCommitMessage ?? given.commitMessage,
        }),
      );
    }),
});

/** Where a file is; recorded state may lack any of it. */
interface Place {
  readonly project?: string | undefined;
  readonly branch?: string | undefined;
  readonly filePath?: string | undefined;
}

function pathOf({ project, filePath }: Place): string {
  return apiPath`projects/${project ?? ""}/repository/files/${filePath ?? ""}`;
}

/** The file as it is now; undefined where it, its branch or its project is not there. */
async function describe(client: GitlabClient, place: Place): Promise<Described | undefined> {
  const answer = await unlessAbsent(client.call("GET", pathOf(place), { ref: place.branch }));
  return answer === undefined ? undefined : described.parse(answer);
}

function decoded(base64: string): string {
  return Buffer.from(base64, "base64").toString("utf8");
}

function isSame(existing: Described, given: Inputs): boolean {
  const content = Buffer.from(given.content, given.encoding === "base64" ? "base64" : "utf8");
  const mode = given.executeFilemode ?? existing.execute_filemode;
  return content.toString("base64") === existing.content && mode === existing.execute_filemode;
}

function write(given: Inputs, message: string | undefined, existing: Described | undefined): WireObject {
  const content = Buffer.from(given.content, given.encoding === "base64" ? "base64" : "utf8");
  return defined({
    branch: given.branch,
    commit_message: message,
    // Base64 whatever was given: text would have to survive every encoding on the way.
    encoding: "base64",
    content: content.toString("base64"),
    execute_filemode: given.executeFilemode,
    last_commit_id: existing?.last_commit_id,
  }) as WireObject;
}
