/** CI/CD variables of a pipeline, as GitLab gives them to its jobs. */

/** A CI/CD variable of the project, as GitLab's API returns it. */
export interface ProjectVariable {
  readonly key: string;
  readonly value: string;
  /** Shown as `[MASKED]` in job logs. */
  readonly masked: boolean;
  /** Absent from pipelines of refs that are not protected. */
  readonly protected: boolean;
  /** Its value is taken as it is: a `$` in it names no variable. Default false. */
  readonly raw?: boolean;
}

/** What a pipeline is run for. */
export interface PipelineContext {
  /** Unique among the pipelines of the instance. */
  readonly pipelineId: number;
  readonly source: "push" | "schedule" | "web" | "api" | "merge_request_event";
  readonly project: {
    /** Full path: `acme/shop`. */
    readonly path: string;
    readonly id: number;
    /** Web address: `https://gitlab.example.com/acme/shop`. */
    readonly url: string;
    readonly defaultBranch: string;
  };
  readonly ref: { readonly type: "branch" | "tag"; readonly name: string; readonly protected: boolean };
  /** What CI_REGISTRY and its kin say; absent where GitLab's own registry is off. */
  readonly registry?: { readonly address: string; readonly user: string; readonly password: string };
}

export interface Commit {
  readonly sha: string;
  /** ISO 8601. */
  readonly timestamp: string;
  /** `Name <name@example.com>` */
  readonly author: string;
  readonly message: string;
}

/** Variables by name. */
export type Variables = Readonly<Record<string, string>>;

/**
 * What GitLab makes of a name where only some characters are allowed.
 *
 * @see https://docs.gitlab.com/ci/variables/predefined_variables/ (CI_COMMIT_REF_SLUG)
 */
export function slug(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "-")
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, "");
}

/**
 * The predefined variables, but for those that differ from job to job.
 *
 * @see https://docs.gitlab.com/ci/variables/predefined_variables/
 */
export function predefinedVariables(context: PipelineContext, commit: Commit): Variables {
  const { project, ref, registry } = context;
  const segments = project.path.split("/");
  const server = new URL(project.url);
  const [title = "", ...rest] = commit.message.split("\n");
  return {
    CI: "true",
    GITLAB_CI: "true",
    CI_API_V4_URL: `${server.origin}/api/v4`,
    CI_COMMIT_AUTHOR: commit.author,
    CI_COMMIT_DESCRIPTION: rest.join("\n").trim(),
    CI_COMMIT_MESSAGE: commit.message,
    CI_COMMIT_REF_NAME: ref.name,
    CI_COMMIT_REF_PROTECTED: String(ref.protected),
    CI_COMMIT_REF_SLUG: slug(ref.name),
    CI_COMMIT_SHA: commit.sha,
    CI_COMMIT_SHORT_SHA: commit.sha.slice(0, 8),
    CI_COMMIT_TIMESTAMP: commit.timestamp,
    CI_COMMIT_TITLE: title,
    [ref.type === "tag" ? "CI_COMMIT_TAG" : "CI_COMMIT_BRANCH"]: ref.name,
    CI_DEFAULT_BRANCH: project.defaultBranch,
    CI_PIPELINE_ID: String(context.pipelineId),
    CI_PIPELINE_IID: String(context.pipelineId),
    CI_PIPELINE_SOURCE: context.source,
    CI_PIPELINE_URL: `${project.url}/-/pipelines/${context.pipelineId}`,
    CI_PROJECT_ID: String(project.id),
    CI_PROJECT_NAME: segments.at(-1) ?? "",
    CI_PROJECT_NAMESPACE: segments.slice(0, -1).join("/"),
    CI_PROJECT_PATH: project.path,
    CI_PROJECT_PATH_SLUG: slug(project.path),
    CI_PROJECT_ROOT_NAMESPACE: segments[0] ?? "",
    CI_PROJECT_URL: project.url,
    CI_SERVER_FQDN: server.host,
    CI_SERVER_HOST: server.hostname,
    CI_SERVER_PORT: server.port === "" ? "443" : server.port,
    CI_SERVER_PROTOCOL: server.protocol.replace(":", ""),
    CI_SERVER_URL: server.origin,
    ...(registry === undefined
      ? {}
      : {
          CI_REGISTRY: registry.address,
          CI_REGISTRY_IMAGE: `${registry.address}/${project.path.toLowerCase()}`,
          CI_REGISTRY_PASSWORD: registry.password,
          CI_REGISTRY_USER: registry.user,
        }),
  };
}

/** What gitlab-ci-local sets by itself and GitLab would not in this pipeline. */
export function absentVariables(context: PipelineContext): string[] {
  return [
    ...(context.ref.type === "tag" || context.source === "merge_request_event" ? ["CI_COMMIT_BRANCH"] : []),
    ...(context.registry === undefined ? ["CI_REGISTRY", "CI_REGISTRY_IMAGE"] : []),
  ];
}

/** Variables as they are handed to gitlab-ci-local, and what stands for the secrets among them. */
export interface PreparedVariables {
  /** With a placeholder in the place of each secret. */
  readonly values: Variables;
  /** Placeholder to secret. */
  readonly secrets: ReadonlyMap<string, string>;
}

/**
 * Joins predefined variables with those of the project that this ref may have, and takes the secrets out.
 *
 * @param mark text that occurs in no value, for placeholders.
 * @throws RangeError when a masked value has more than one line; GitLab masks none of those.
 */
export function prepareVariables(
  context: PipelineContext,
  commit: Commit,
  variables: readonly ProjectVariable[],
  mark: string,
): PreparedVariables {
  const secrets = new Map<string, string>();
  const hide = (key: string, secret: string) => {
    if (/[\t\r\n]/.test(secret)) throw new RangeError(`The masked variable ${key} has a line break or a tab`);
    const placeholder = `${mark}_${secrets.size}_`;
    secrets.set(placeholder, secret);
    return placeholder;
  };
  // gitlab-ci-local expands what it is given; in a value that is meant as it is, `$$` stands for `$`.
  const literal = (value: string) => value.replaceAll("$", "$$$$");
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(predefinedVariables(context, commit))) {
    values[key] = key === "CI_REGISTRY_PASSWORD" ? hide(key, value) : literal(value);
  }
  for (const variable of variables) {
    if (variable.protected && !context.ref.protected) continue;
    const { key, value, masked, raw = false } = variable;
    values[key] = masked ? hide(key, value) : raw ? literal(value) : value;
  }
  return { values, secrets };
}

/** Replaces every secret in a text, longest first, so that none shows through another. */
export function masker(secrets: Iterable<string>): (text: string) => string {
  const sorted = [...new Set(secrets)].filter((secret) => secret !== "").sort((a, b) => b.length - a.length);
  return (text) => sorted.reduce((masked, secret) => masked.replaceAll(secret, "[MASKED]"), text);
}

/** `$NAME` and `${NAME}` in a text; what has no value is empty, as in GitLab. */
export function expand(text: string, variables: Variables): string {
  const once = (value: string) =>
    value.replaceAll(
      /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g,
      (_, braced?: string, bare?: string) => variables[braced ?? bare ?? ""] ?? "",
    );
  let expanded = text;
  // A value may name another variable, which may name a third.
  for (let depth = 0; depth < 5 && expanded.includes("$"); depth++) expanded = once(expanded);
  return expanded;
}
