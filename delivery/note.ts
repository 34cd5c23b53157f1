/** Writes the merge request's one note, from all its previews. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isTrusted, needed, realSurroundings, type Surroundings } from "./ci.ts";
import { readDelivery } from "./config.ts";
import { findingsOf } from "./findings.ts";
import { asked, connect, PAGE, type Project } from "./gitlab.ts";
import { MARKER, noteText, type Previewed } from "./note-text.ts";
import { post } from "./post.ts";
import { PATCH } from "./preview.ts";
import { type PreviewRecord, parseRecord } from "./record.ts";

export interface NoteOptions {
  /** Directory with the findings of the previews. */
  readonly in: string;
}

/** Name of the job that previews a stack. */
export const previewJob = (stack: string): string => `preview-${stack}`;

/**
 * @throws {UsageError} where GitLab refuses.
 */
export async function note(
  options: NoteOptions,
  surroundings: Surroundings = realSurroundings(),
): Promise<void> {
  const { directory, environment, say } = surroundings;
  if (!isTrusted(surroundings) || !environment.DELIVERY_TOKEN)
    return say(
      "No note: this pipeline has no DELIVERY_TOKEN, which only protected branches get. See the previews' logs and artifacts.",
    );
  const project = connect(surroundings);
  const stacks = readDelivery(directory).environments.map(({ stack }) => stack);
  const previews = await previewsOf(project, stacks, join(directory, options.in), surroundings);
  const url = needed(surroundings, "CI_PROJECT_URL");
  const text = noteText({
    commit: needed(surroundings, "CI_COMMIT_SHA"),
    previews,
    artifact: (record) => artifactOf(record, options.in, url),
  });
  const iid = Number(needed(surroundings, "CI_MERGE_REQUEST_IID"));
  say(`The note of merge request !${iid}: ${await post(project, iid, MARKER, text)}`);
}

/** Of each stack that the change can affect: its record, or the job that left none. */
async function previewsOf(
  { api, id }: Project,
  stacks: readonly string[],
  base: string,
  surroundings: Surroundings,
): Promise<Previewed[]> {
  const pipelineId = Number(needed(surroundings, "CI_PIPELINE_ID"));
  const jobs = await asked("read the pipeline's jobs", api.Jobs.all(id, { pipelineId, ...PAGE }));
  return stacks.flatMap((stack): Previewed[] => {
    const record = recordIn(findingsOf(base, stack).record);
    if (record !== undefined) return [{ stack, record }];
    const job = jobs.find(({ name }) => name === previewJob(stack));
    return job === undefined ? [] : [{ stack, record, job: job.name, url: String(job.web_url) }];
  });
}

function recordIn(path: string): PreviewRecord | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return parseRecord(readFileSync(path, "utf8"));
  } catch {
    // What a job was killed while writing is as good as nothing.
    return undefined;
  }
}

/** @see https://docs.gitlab.com/ci/jobs/job_artifacts/#view-job-artifacts-in-the-gitlab-ui */
function artifactOf({ stack, job }: PreviewRecord, base: string, project: string): string {
  const number = /\/jobs\/(\d+)$/.exec(job.url)?.[1] ?? "";
  return `${project}/-/jobs/${number}/artifacts/file/${findingsOf(base, stack).directory}/${PATCH}`;
}
