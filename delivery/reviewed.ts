/** Finds the preview that was reviewed before a commit came to the default branch. */
import { z } from "zod";
import type { ResourceChange } from "../stack/engine.ts";
import { FINDINGS, findingsOf } from "./findings.ts";
import { asked, PAGE, type Project, statusOf } from "./gitlab.ts";
import { previewJob } from "./note.ts";
import { type PreviewRecord, parseRecord } from "./record.ts";

/** The reviewed preview, or why there is none. Sentences have no full stop. */
export type Reviewed =
  | { readonly changes: readonly ResourceChange[]; readonly where: string }
  | { readonly missing: string };

const mergeRequest = z.object({
  iid: z.number(),
  state: z.string(),
  target_branch: z.string(),
  sha: z.string().nullish(),
  merge_commit_sha: z.string().nullish(),
  squash_commit_sha: z.string().nullish(),
});

type MergeRequest = z.output<typeof mergeRequest>;

const withPipeline = z.object({
  head_pipeline: z.object({ id: z.number(), project_id: z.number() }).nullish(),
});

/**
 * Whether the merge request was merged as this very commit: its merge commit, its squashed commit, or, fast-forward, its
 * last one. GitLab also names requests that merely contain the commit.
 */
const isMergedAs = (commit: string, branch: string) => (request: MergeRequest) =>
  request.state === "merged" &&
  request.target_branch === branch &&
  [request.merge_commit_sha, request.squash_commit_sha, request.sha].includes(commit);

/**
 * @param commit at the default branch.
 * @throws {UsageError} where GitLab refuses.
 * @see https://docs.gitlab.com/api/commits/#list-merge-requests-associated-with-a-commit
 */
export async function reviewedPreview(
  project: Project,
  stack: string,
  { commit, branch }: { readonly commit: string; readonly branch: string },
): Promise<Reviewed> {
  const { api, id } = project;
  const found = await asked(
    `look up the merge request of commit ${commit}`,
    api.Commits.allMergeRequests(id, commit, PAGE),
  );
  const request = z.array(mergeRequest).parse(found).find(isMergedAs(commit, branch));
  if (request === undefined)
    return { missing: `no merge request was merged as commit ${commit.slice(0, 12)}` };
  const name = `merge request !${request.iid}`;
  const whole = await asked(`read ${name}`, api.MergeRequests.show(id, request.iid));
  const pipeline = withPipeline.parse(whole).head_pipeline;
  if (!pipeline) return { missing: `${name} had no pipeline` };
  // A fork's pipeline has no access to a stack, so its record cannot be trusted.
  if (pipeline.project_id !== id) return { missing: `${name} had a pipeline of a fork only` };
  return previewIn(project, stack, pipeline.id, name);
}

async function previewIn(
  { api, id }: Project,
  stack: string,
  pipelineId: number,
  name: string,
): Promise<Reviewed> {
  const jobs = await asked(`read the jobs of ${name}`, api.Jobs.all(id, { pipelineId, ...PAGE }));
  const job = jobs.find((one) => one.name === previewJob(stack));
  const where = `the preview of ${name}`;
  if (job === undefined) return { changes: [], where: `${name}, which was not expected to change the stack` };
  const text = await artifact({ api, id }, job.id, findingsOf(FINDINGS, stack).record);
  if (text === undefined)
    return { missing: `${where} left no record, or it has expired: ${String(job.web_url)}` };
  return recordOf(text, stack, where);
}

function recordOf(text: string, stack: string, where: string): Reviewed {
  let record: PreviewRecord;
  try {
    record = parseRecord(text);
  } catch {
    return { missing: `${where} left a record that cannot be read` };
  }
  if (record.stack !== stack) return { missing: `${where} left a record of stack ${record.stack}` };
  if (record.preview !== undefined) return { changes: record.preview.changes, where };
  return { missing: record.offline ? `${where} was offline` : `${where} failed` };
}

/** @returns undefined where there is no such artifact, or none any more. */
async function artifact(
  { api, id }: Project,
  jobId: number,
  artifactPath: string,
): Promise<string | undefined> {
  try {
    // The type says Blob, whatever GitLab sends: text and JSON arrive read.
    const content: unknown = await api.JobArtifacts.downloadArchive(id, { jobId, artifactPath });
    if (content instanceof Blob) return await content.text();
    return typeof content === "string" ? content : JSON.stringify(content);
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    return asked(`read ${artifactPath} of job ${jobId}`, Promise.reject(error));
  }
}
