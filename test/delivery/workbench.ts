/** A job of the delivery's, before the lab's GitLab: its variables, its repository, and a stack to work on. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { UsageError } from "../../command-line.ts";
import type { Surroundings } from "../../delivery/ci.ts";
import type { PreviewRecord } from "../../delivery/record.ts";
import type {
  PreviewOptions,
  ResourceChange,
  StackEngine,
  StackPreview,
  UpOptions,
} from "../../stack/engine.ts";
import { type StandIn, startStandIn } from "../lab/gitlab/stand-in.ts";

export const INFRA = "acme/infra";

/** A stack of which a test says what there is to do. */
export class ScriptedStack implements StackEngine {
  /** What an update would do. */
  changes: readonly ResourceChange[] = [];
  /** What a look at the real resources adds. */
  drifted: readonly ResourceChange[] = [];
  failure: Error | undefined;
  /** Plans that updates were given. */
  readonly updates: (string | undefined)[] = [];

  describe(): string {
    return "A stack of the test's own";
  }

  async preview({ refresh = false, plan }: PreviewOptions = {}): Promise<StackPreview> {
    if (this.failure) throw this.failure;
    if (plan !== undefined) writeFileSync(plan, "{}");
    const changes = refresh ? [...this.changes, ...this.drifted] : this.changes;
    return { stack: "dev", changes, unchanged: 12, warnings: [] };
  }

  async up({ plan }: UpOptions = {}): Promise<StackPreview> {
    this.updates.push(plan);
    const { changes } = this;
    this.changes = [];
    return { stack: "dev", changes, unchanged: 12, warnings: [] };
  }

  refresh(): Promise<StackPreview> {
    throw new Error("no command of the delivery's refreshes");
  }

  destroy(): Promise<StackPreview> {
    throw new Error("no command of the delivery's destroys");
  }

  async config() {
    return {};
  }

  async outputs() {
    return {};
  }
}

export class JobBench {
  readonly standIn: StandIn;
  readonly directory = mkdtempSync(join(tmpdir(), "buildx-runners-job-"));
  readonly stack = new ScriptedStack();
  readonly lines: string[] = [];
  environment: Record<string, string> = {};

  private constructor(standIn: StandIn) {
    this.standIn = standIn;
  }

  static async start(): Promise<JobBench> {
    const bench = new JobBench(await startStandIn());
    const { gitlab } = bench.standIn;
    await gitlab.createProject(INFRA, { "README.md": "# Infrastructure\n" });
    gitlab.createUser("dana", { acme: "maintainer" });
    bench.environment = {
      CI_API_V4_URL: gitlab.apiUrl.replace(/\/$/, ""),
      CI_PROJECT_ID: String(gitlab.project(INFRA).id),
      CI_PROJECT_URL: `${gitlab.url}/${INFRA}`,
      CI_DEFAULT_BRANCH: "main",
      CI_COMMIT_REF_PROTECTED: "true",
      DELIVERY_TOKEN: gitlab.createProjectToken(INFRA, "developer"),
    };
    bench.write({
      "delivery.yaml":
        "backend: file:///srv/state\nenvironments:\n  - { stack: dev, tier: development }\n  - { stack: prod, tier: production }\n",
      "Pulumi.dev.yaml": "config: {}\n",
      "Pulumi.prod.yaml": "config: {}\n",
    });
    return bench;
  }

  /** @param more variables; undefined takes one away. */
  job(more: Readonly<Record<string, string | undefined>> = {}): Surroundings {
    return {
      environment: { ...this.environment, ...more },
      directory: this.directory,
      open: async () => this.stack,
      say: (line) => this.lines.push(line),
    };
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.directory, path)), { recursive: true });
      writeFileSync(join(this.directory, path), content);
    }
  }

  /** A merge request of a branch with one more commit. @returns its number and commit. */
  async openMergeRequest(branch = `change-${this.standIn.gitlab.mergeRequests(INFRA).length + 1}`) {
    const { gitlab } = this.standIn;
    const sha = await gitlab.commit(INFRA, { [`${branch}.txt`]: "1\n" }, { branch, message: branch });
    const { iid } = await gitlab.openMergeRequest(INFRA, { source: branch, author: "dana" });
    return { iid, sha };
  }

  /** The pipeline of a merge request, with what its preview left. */
  async reviewed(iid: number, record: PreviewRecord | string | undefined): Promise<void> {
    const text = typeof record === "object" ? JSON.stringify(record) : record;
    const artifacts = text === undefined ? {} : { "preview/dev.json": text };
    await this.standIn.gitlab.recordPipeline(INFRA, {
      mergeRequest: iid,
      jobs: [{ name: "check" }, { name: "preview-dev", artifacts, access: "developer" }],
    });
  }

  /** @returns the commit that is the default branch's tip then. */
  async merge(iid: number, parameters: unknown = {}): Promise<string> {
    const path = `projects/${encodeURIComponent(INFRA)}/merge_requests/${iid}/merge`;
    const { status, body } = await this.standIn.call("PUT", path, parameters);
    if (status !== 200) throw new Error(`the merge request was not merged: ${JSON.stringify(body)}`);
    return (await this.standIn.gitlab.commits(INFRA))[0]?.sha ?? "";
  }

  /** Takes away what tests left, but for what is in GitLab. */
  clear(): void {
    this.lines.length = 0;
    rmSync(join(this.directory, "preview"), { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    await this.standIn.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The words of a user's mistake; anything else is a fault of the program's. */
export async function refusal(run: Promise<unknown>): Promise<string> {
  const error: unknown = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UsageError)) throw new Error(`expected a UsageError, got ${String(error)}`);
  return error.message;
}
