/**
 * This repository as a project of the lab's GitLab, with a stack of the lab's host, and its own pipeline run there. The jobs
 * run on this computer, as with a runner's shell executor: no image with `pulumi` is to be had here.
 */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execaSync } from "execa";
import { parse } from "yaml";
import { readDelivery } from "../../../delivery/config.ts";
import { pipelineText } from "../../../delivery/render.ts";
import { type ConfigEntry, initStack, pulumiEnvironment, sealStackFile } from "../../../lab/engine/index.ts";
import type { FileContent, Project } from "../../../lab/gitlab/index.ts";
import { type Lab, labConfig, USER } from "../../../lab/lab.ts";
import { repositoryDirectory } from "../../../lab/paths.ts";
import { directoryName } from "../../../lab/pipeline/artifacts.ts";
import {
  type JobResult,
  type PipelineResult,
  type RunVariable,
  runShellPipeline,
} from "../../../lab/pipeline/index.ts";
import { type Cause, startPipeline } from "../../../lab/trigger.ts";
import { passwordRegistry } from "../../password-registry.ts";
import { callGitlab } from "../gitlab.ts";

export const INFRA = "acme/infra";
/** Developers may push there, and what they push is previewed with the stack's credentials. */
const PREVIEWED = "change/*";
export const PASSPHRASE = "correct-horse-battery-staple";

/** What the repository holds, as it is here now. */
function repositoryFiles(): Record<string, FileContent> {
  const { stdout } = execaSync("git", ["ls-files", "-z", "--cached"], { cwd: repositoryDirectory });
  const files = stdout.split("\0").filter((file) => file !== "");
  return Object.fromEntries(
    files.map((file) => {
      const path = join(repositoryDirectory, file);
      return [file, { content: readFileSync(path), executable: (statSync(path).mode & 0o100) !== 0 }];
    }),
  );
}

/**
 * The runner's `npm`: packages come from here, which is where a cache would have them. Types and style of these very files
 * are held elsewhere.
 */
const NPM = `#!/bin/sh
set -eu
case "$1 \${2-}" in
  "ci "*)
    cmp package-lock.json "$PACKAGES/../package-lock.json"
    # Not a copy: what Node.js has compiled it knows by its real path.
    ln -s "$PACKAGES" node_modules
    ;;
  "rebuild node" | "run check:"*) ;;
  *) exec "$NPM" "$@" ;;
esac
`;

/** Who asks GitLab's API. */
type As = "platform" | "developer" | "reporter";

export class Infra {
  readonly #lab: Lab;
  /** Programs of the runner's machine, and the backend. */
  readonly #directory = mkdtempSync(join(tmpdir(), "buildx-runners-delivery-"));
  readonly #tokens: Record<As, string>;
  /** Sealed once: other texts differ from it in what they are about alone. */
  readonly #stackFile: string;

  constructor(lab: Lab) {
    this.#lab = lab;
    mkdirSync(join(this.#directory, "bin"));
    mkdirSync(join(this.#directory, "state"));
    writeFileSync(join(this.#directory, "bin/npm"), NPM, { mode: 0o755 });
    for (const user of ["developer", "reporter"]) lab.gitlab.createUser(user);
    this.#tokens = {
      platform: lab.token,
      developer: lab.gitlab.createToken("developer"),
      reporter: lab.gitlab.createToken("reporter"),
    };
    const text = readFileSync(join(repositoryDirectory, "Pulumi.lab.yaml"), "utf8");
    this.#stackFile = sealStackFile(text, [...labConfig(lab), ...passwordRegistry(lab)], PASSPHRASE);
  }

  get project(): Project {
    return this.#lab.gitlab.project(INFRA);
  }

  /** Makes the project, with CI/CD variables as the documentation wants them. */
  async create(): Promise<void> {
    const { gitlab } = this.#lab;
    await this.#initStack();
    const delivery = { ...readDelivery(repositoryDirectory), backend: `file://${this.#directory}/state` };
    const { image: _, ...written } = delivery;
    await gitlab.createProject(
      INFRA,
      {
        ...repositoryFiles(),
        "Pulumi.dev.yaml": this.stackFile(),
        "delivery.yaml": JSON.stringify(written),
        ".gitlab-ci.yml": pipelineText(delivery),
      },
      { protectedBranches: ["main"] },
    );
    gitlab.protectBranch(INFRA, PREVIEWED, { push: "developer" });
    gitlab.setRole(USER, INFRA, "maintainer");
    gitlab.setRole("developer", INFRA, "developer");
    gitlab.setRole("reporter", INFRA, "reporter");
    const DELIVERY_TOKEN = gitlab.createProjectToken(INFRA, "developer", { scopes: ["api"] });
    const variables = { PULUMI_CONFIG_PASSPHRASE: PASSPHRASE, DELIVERY_TOKEN };
    for (const [key, value] of Object.entries(variables))
      await this.ask("POST", `${INFRA_API}/variables`, {
        key,
        value,
        protected: true,
        masked: true,
        raw: true,
      });
  }

  /** The stack's file with the lab's host and project, secrets sealed, and more on top. */
  stackFile(more: readonly ConfigEntry[] = []): string {
    return sealStackFile(this.#stackFile, more, PASSPHRASE);
  }

  /** Runs a pipeline as GitLab would, and records it there. A job's own variables are those of who starts it by hand. */
  async run(cause: Cause, variables: readonly RunVariable[] = []): Promise<PipelineResult> {
    const { gitlab } = this.#lab;
    const started = await startPipeline(this.#lab, this.project, cause);
    const { pipelineId: id, source, mergeRequest, ref } = started.context;
    const running = await gitlab.startPipeline(INFRA, {
      ...{ id, source, ref: ref.name },
      ...(mergeRequest === undefined ? {} : { mergeRequest: mergeRequest.iid }),
      ...(started.sha === undefined ? {} : { sha: started.sha }),
    });
    const result = await runShellPipeline({
      ...started,
      startJob: (job) => {
        const credentials = started.startJob(job);
        running.begin({ ...job, id: credentials.id });
        return credentials;
      },
      runVariables: [...started.runVariables, ...variables],
      variables: gitlab.variables(INFRA),
      environment: this.#environment(),
    });
    const file = parse((await gitlab.readFile(INFRA, ".gitlab-ci.yml", result.sha)) ?? "", {
      logLevel: "error",
    });
    running.end(result.jobs.flatMap((job) => recordOf(job, result, file)));
    return result;
  }

  /** What the runner's machine has. */
  #environment(): Record<string, string> {
    const environment = pulumiEnvironment(this.#lab.pulumi);
    return {
      ...environment,
      PATH: [join(this.#directory, "bin"), environment.PATH].join(delimiter),
      PULUMI_HOME: join(this.#directory, "home"),
      PACKAGES: join(repositoryDirectory, "node_modules"),
      NPM: execaSync("which", ["npm"]).stdout,
    };
  }

  /** What a person does once: an engine knows no stack that was never made. */
  async #initStack(): Promise<void> {
    const place = join(this.#directory, "init");
    mkdirSync(place);
    copyFileSync(join(repositoryDirectory, "Pulumi.yaml"), join(place, "Pulumi.yaml"));
    writeFileSync(join(place, "Pulumi.dev.yaml"), this.#stackFile);
    await initStack(place, "dev", {
      ...this.#environment(),
      PULUMI_BACKEND_URL: `file://${this.#directory}/state`,
      PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
    });
  }

  /** Asks GitLab's API as a person. @throws with GitLab's answer, where it refuses. */
  ask(method: string, path: string, body?: object, as: As = "platform"): Promise<unknown> {
    return callGitlab(this.#lab, method, path, body, this.#tokens[as]);
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

export const INFRA_API = `projects/${encodeURIComponent(INFRA)}`;

function recordOf(
  { name, stage, status }: JobResult,
  { directory }: PipelineResult,
  file: Record<string, { artifacts?: { access?: "all" | "developer" | "maintainer" | "none" } } | undefined>,
) {
  if (status !== "success" && status !== "failed") return [];
  const access = file[name]?.artifacts?.access;
  const root = join(directory, "artifacts", directoryName(name));
  return [{ name, stage, status, artifacts: filesBelow(root), ...(access === undefined ? {} : { access }) }];
}

function filesBelow(root: string): Record<string, Buffer> {
  if (!statSync(root, { throwIfNoEntry: false })) return {};
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(root.length + 1), readFileSync(path)];
    }),
  );
}
