/** What every job that talks to the registry shares: its image, and a login that nothing else can see. */
import type { IdToken, Job, JobParts, Retry, Step } from "../model.ts";
import { logInSteps, type RegistryAccess } from "../registries.ts";
import { script } from "../shell.ts";
import { loginTags, type Target } from "../target.ts";

export const REGISTRY_JOB = ".registry";

/** Runner faults are tried again; what a script says is final. */
export const onRunnerFault: Retry = { max: 2, when: ["runner_system_failure", "scheduler_failure"] };

/** ID tokens by which a job logs in; a job that has others of its own must add these. */
export function idTokens(accesses: readonly RegistryAccess[]): Pick<JobParts, "id_tokens"> {
  const tokens: Record<string, IdToken> = Object.assign({}, ...accesses.map((access) => access.idTokens));
  return Object.keys(tokens).length > 0 ? { id_tokens: tokens } : {};
}

export function registryJob(target: Target): JobParts {
  return {
    comment: "Logs in to the registry, for this job alone.",
    image: target.jobImage,
    ...idTokens([target.registry]),
    before_script: logInSteps([target.registry]),
    after_script: [{ run: script("log-out") }],
    retry: onRunnerFault,
  };
}

/** The login of jobs whose image has no Docker CLI but a tool that speaks to the registry itself. */
export function toolLogIn(
  target: Target,
): Pick<JobParts, "tags" | "id_tokens" | "variables" | "before_script" | "after_script"> {
  const { environment } = target.registry.tool;
  const [head, ...rest] = logInSteps([target.registry], "file");
  const first: Step[] =
    head && "run" in head ? [{ comment: "This image has no Docker CLI", run: head.run }] : [];
  return {
    tags: target.tags.plain,
    ...idTokens([target.registry]),
    ...(Object.keys(environment).length > 0 ? { variables: environment } : {}),
    before_script: [...first, ...rest],
    after_script: [{ run: script("log-out") }],
  };
}

/** What a job that moves tags adds to {@link registryJob}: the mirrors, which it writes to as well. */
export function mirrorLogIn(target: Target): Pick<Job, "tags" | "id_tokens" | "before_script"> {
  const all = [target.registry, ...target.mirrors];
  const tags = loginTags(target, all);
  if (target.mirrors.length === 0) return { tags };
  return {
    tags,
    ...idTokens(all),
    before_script: [
      { reference: [REGISTRY_JOB, "before_script"] },
      ...target.mirrors.map((mirror) => mirror.logIn),
    ],
  };
}

/** The step that defines `move_tags`, for the registry and its mirrors. */
export function moveTags(target: Target): Step {
  const mirrors = target.mirrors.map(({ prefix }) => `$${prefix}_IMAGE`).join(" ");
  const list = mirrors === "" ? "" : `MIRRORS="${mirrors}"\n`;
  return { comment: "How tags move, by digest", run: list + script("move-tags") };
}
