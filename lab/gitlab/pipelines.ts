import type { Project, State } from "./state.ts";

/** A branch or tag that now points at a commit. */
export interface RefUpdate {
  /** Short name. */
  readonly ref: string;
  readonly sha: string;
  /** What it pointed at before; undefined for one that is new. */
  readonly before: string | undefined;
  readonly message: string;
}

const configurationFile = ".gitlab-ci.yml";

/** Records the pipeline that a push starts: one where the commit has a pipeline file, none elsewhere. */
export async function recordPipeline(state: State, project: Project, update: RefUpdate): Promise<void> {
  if ((await project.repository.file(update.sha, configurationFile)) === undefined) return;
  project.pipelines.push({
    id: state.nextId(),
    iid: project.pipelines.length + 1,
    sha: update.sha,
    ref: update.ref,
    before: update.before,
    source: "push",
    status: /\[(ci skip|skip ci)\]/i.test(update.message) ? "skipped" : "pending",
    createdAt: new Date().toISOString(),
  });
}
