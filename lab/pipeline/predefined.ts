/** GitLab's predefined CI/CD variables: https://docs.gitlab.com/ci/variables/predefined_variables/ */
import type { Commit, ContextMergeRequest, PipelineContext, Variables } from "./context.ts";

/** The release whose variables these are. */
const serverVersion = "18.8.0";
const noCommit = "0".repeat(40);

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

/** The predefined variables, but for those that differ from job to job. */
export function predefinedVariables(context: PipelineContext, commit: Commit): Variables {
  const { project, mergeRequest, schedule, openMergeRequests = [] } = context;
  return {
    CI: "true",
    GITLAB_CI: "true",
    CI_CONFIG_PATH: ".gitlab-ci.yml",
    ...commitVariables(context, commit),
    CI_PIPELINE_ID: String(context.pipelineId),
    CI_PIPELINE_IID: String(context.pipelineId),
    CI_PIPELINE_SOURCE: context.source,
    CI_PIPELINE_URL: `${project.url}/-/pipelines/${context.pipelineId}`,
    ...projectVariables(context),
    ...serverVariables(new URL(project.url)),
    ...userVariables(context),
    ...(schedule === undefined ? {} : { CI_PIPELINE_SCHEDULE_DESCRIPTION: schedule }),
    ...(openMergeRequests.length === 0 ? {} : { CI_OPEN_MERGE_REQUESTS: openMergeRequests.join(",") }),
    ...(mergeRequest === undefined ? {} : mergeRequestVariables(context, mergeRequest)),
  };
}

function commitVariables({ ref, mergeRequest, before }: PipelineContext, commit: Commit): Variables {
  const [title = "", ...rest] = commit.message.split("\n");
  return {
    CI_COMMIT_AUTHOR: commit.author,
    CI_COMMIT_BEFORE_SHA: before ?? noCommit,
    CI_COMMIT_DESCRIPTION: rest.join("\n").trim(),
    CI_COMMIT_MESSAGE: commit.message,
    CI_COMMIT_REF_NAME: ref.name,
    CI_COMMIT_REF_PROTECTED: String(ref.protected),
    CI_COMMIT_REF_SLUG: slug(ref.name),
    CI_COMMIT_SHA: commit.sha,
    CI_COMMIT_SHORT_SHA: commit.sha.slice(0, 8),
    CI_COMMIT_TIMESTAMP: commit.timestamp,
    CI_COMMIT_TITLE: title,
    ...(ref.type === "tag" ? { CI_COMMIT_TAG: ref.name } : {}),
    ...(ref.type === "branch" && mergeRequest === undefined ? { CI_COMMIT_BRANCH: ref.name } : {}),
  };
}

function projectVariables({ project, registry }: PipelineContext): Variables {
  const segments = project.path.split("/");
  const name = segments.at(-1) ?? "";
  return {
    CI_DEFAULT_BRANCH: project.defaultBranch,
    CI_PROJECT_ID: String(project.id),
    CI_PROJECT_NAME: name,
    CI_PROJECT_NAMESPACE: segments.slice(0, -1).join("/"),
    CI_PROJECT_PATH: project.path,
    CI_PROJECT_PATH_SLUG: slug(project.path),
    CI_PROJECT_ROOT_NAMESPACE: segments[0] ?? "",
    CI_PROJECT_TITLE: name,
    CI_PROJECT_URL: project.url,
    CI_PROJECT_VISIBILITY: "private",
    ...(registry === undefined
      ? {}
      : {
          CI_REGISTRY: registry,
          CI_REGISTRY_IMAGE: `${registry}/${project.path.toLowerCase()}`,
        }),
  };
}

function serverVariables(server: URL): Variables {
  const [major = "", minor = "", patch = ""] = serverVersion.split(".");
  const standardPort = server.protocol === "https:" ? "443" : "80";
  return {
    CI_API_V4_URL: `${server.origin}/api/v4`,
    CI_API_GRAPHQL_URL: `${server.origin}/api/graphql`,
    CI_SERVER: "yes",
    CI_SERVER_FQDN: server.host,
    CI_SERVER_HOST: server.hostname,
    CI_SERVER_NAME: "GitLab",
    CI_SERVER_PORT: server.port === "" ? standardPort : server.port,
    CI_SERVER_PROTOCOL: server.protocol.replace(":", ""),
    CI_SERVER_SHELL_SSH_HOST: server.hostname,
    CI_SERVER_SHELL_SSH_PORT: "22",
    CI_SERVER_URL: server.origin,
    CI_SERVER_VERSION: serverVersion,
    CI_SERVER_VERSION_MAJOR: major,
    CI_SERVER_VERSION_MINOR: minor,
    CI_SERVER_VERSION_PATCH: patch,
  };
}

function userVariables({ user }: PipelineContext): Variables {
  if (user === undefined) return {};
  return {
    GITLAB_USER_EMAIL: user.email,
    GITLAB_USER_ID: String(user.id),
    GITLAB_USER_LOGIN: user.login,
    GITLAB_USER_NAME: user.name,
  };
}

/** Of a pipeline that runs on the source branch's own commit ("detached"): no result of the merge is built. */
function mergeRequestVariables({ project }: PipelineContext, request: ContextMergeRequest): Variables {
  const { source, target } = request;
  return {
    CI_MERGE_REQUEST_APPROVED: "false",
    CI_MERGE_REQUEST_DIFF_BASE_SHA: request.diffBaseSha,
    CI_MERGE_REQUEST_DRAFT: "false",
    CI_MERGE_REQUEST_EVENT_TYPE: "detached",
    CI_MERGE_REQUEST_ID: String(request.id),
    CI_MERGE_REQUEST_IID: String(request.iid),
    CI_MERGE_REQUEST_PROJECT_ID: String(project.id),
    CI_MERGE_REQUEST_PROJECT_PATH: project.path,
    CI_MERGE_REQUEST_PROJECT_URL: project.url,
    CI_MERGE_REQUEST_REF_PATH: `refs/merge-requests/${request.iid}/head`,
    CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: source.branch,
    CI_MERGE_REQUEST_SOURCE_BRANCH_PROTECTED: String(source.protected),
    // Both are empty but in pipelines of merged results.
    CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: "",
    CI_MERGE_REQUEST_TARGET_BRANCH_SHA: "",
    CI_MERGE_REQUEST_SOURCE_PROJECT_ID: String(source.project.id),
    CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: source.project.path,
    CI_MERGE_REQUEST_SOURCE_PROJECT_URL: source.project.url,
    CI_MERGE_REQUEST_TARGET_BRANCH_NAME: target.branch,
    CI_MERGE_REQUEST_TARGET_BRANCH_PROTECTED: String(target.protected),
    CI_MERGE_REQUEST_TITLE: request.title,
  };
}

/** Names that gitlab-ci-local gives a value by itself, and GitLab does so in some pipelines or none. */
const setRegardless = [
  "CI_COMMIT_BRANCH",
  "CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX",
  "CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX",
  "CI_DEPENDENCY_PROXY_SERVER",
  "CI_DEPENDENCY_PROXY_USER",
  "CI_REGISTRY",
  "CI_REGISTRY_IMAGE",
  "CI_REGISTRY_PASSWORD",
  "CI_REGISTRY_USER",
  "FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR",
  "GITLAB_USER_EMAIL",
  "GITLAB_USER_ID",
  "GITLAB_USER_LOGIN",
  "GITLAB_USER_NAME",
];

const ofEnvironments = ["ACTION", "NAME", "SLUG", "TIER", "URL"].map((name) => `CI_ENVIRONMENT_${name}`);

/** What gitlab-ci-local sets by itself and GitLab would not in this pipeline. */
export function absentVariables(values: Variables, environment?: string): string[] {
  const names = environment === undefined ? [...setRegardless, ...ofEnvironments] : setRegardless;
  return names.filter((name) => values[name] === undefined);
}
