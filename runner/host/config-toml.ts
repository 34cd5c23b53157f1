import { stringify } from "smol-toml";
import { CA_BUNDLE, dockerSocket, metricsAddress } from "./addresses.ts";
import { AUTOSCALER_FLAGS, autoscalerTable, jobsAtOnce } from "./autoscaler-toml.ts";
import { proxyVariables } from "./proxy.ts";
import type { HostSettings, RunnerClass, RunnerEntry, TrustLevel } from "./settings.ts";

/** Polls of GitLab at once, for each entry: enough to start every job within seconds. */
const MOST_REQUESTS = 64;

/** Where register.sh puts a runner's token into the template that {@link configToml} returns. */
function tokenMark(runnerClass: RunnerClass): string {
  return `@${runnerClass}@`;
}

/**
 * The config.toml of one level's manager, with marks in place of tokens.
 *
 * Every key is one of GitLab's documented ones
 * (https://docs.gitlab.com/runner/configuration/advanced-configuration/); the comments here say why a value is not
 * the manager's default.
 */
export function configToml(settings: HostSettings, level: TrustLevel): string {
  const document = {
    concurrent: jobsAtOnce(settings),
    check_interval: 3,
    // The default colours its lines for a terminal; these go to the journal.
    log_format: "text",
    listen_address: metricsAddress(level),
    shutdown_timeout: 60,
    runners: settings.runners
      .filter((runner) => runner.level === level)
      .map((runner) => runnerTable(settings, runner)),
  };
  return `# Made by buildx-runners for ${JSON.stringify(`${settings.stack}/${settings.fleet}`)}, level ${level}.\n# Changes made here are lost at the next registration.\n\n${stringify(document)}`;
}

function runnerTable(settings: HostSettings, runner: RunnerEntry) {
  return {
    name: runner.name,
    url: settings.gitlabUrl,
    token: tokenMark(runner.class),
    ...(settings.caCertificates.length > 0 ? { "tls-ca-file": CA_BUNDLE } : {}),
    // One request at a time would let a long poll of GitLab's hold back jobs that could run.
    request_concurrency: Math.min(jobsAtOnce(settings), MOST_REQUESTS),
    environment: jobEnvironment(settings, runner),
    feature_flags: {
      // A network for each job keeps jobs apart, and gives `docker run` a name to join its services by.
      FF_NETWORK_PER_BUILD: true,
      // In the remote's address the job's token would be an argument of each `git fetch`, which the host's processes show.
      FF_GIT_URLS_WITHOUT_TOKENS: true,
      ...(settings.role === "manager" ? AUTOSCALER_FLAGS : {}),
    },
    ...executorTables(settings, runner),
  };
}

function executorTables(settings: HostSettings, runner: RunnerEntry) {
  const home = `${settings.dataDirectory}/${runner.level}/home`;
  switch (settings.executor) {
    case "shell":
      return { executor: "shell", shell: "bash", builds_dir: `${home}/builds`, cache_dir: `${home}/cache` };
    case "docker":
      return settings.role === "manager"
        ? {
            executor: "docker-autoscaler",
            docker: dockerTable(settings, runner),
            autoscaler: autoscalerTable(settings, runner.level),
          }
        : { executor: "docker", docker: dockerTable(settings, runner) };
    default:
      return settings.executor satisfies never;
  }
}

function dockerTable(settings: HostSettings, runner: RunnerEntry) {
  return {
    host: `unix://${dockerSocket(settings.dataDirectory, runner.level)}`,
    tls_verify: false,
    image: settings.jobImage,
    privileged: false,
    services_privileged: false,
    // Lint, scan and promotion need no other rights than those they start with; images that build may use sudo.
    ...(runner.class === "plain" ? { security_opt: ["no-new-privileges:true"] } : {}),
    // Each job starts from a fresh clone, and no volume of one project waits for the next.
    disable_cache: true,
    // Always ask the registry, so that a tag is current and its access is checked; a registry that is down must not
    // stop what is already here. A job with the socket could start a present image anyway.
    pull_policy: ["always", "if-not-present"],
    allowed_pull_policies: ["always", "if-not-present"],
    volumes: dockerVolumes(settings, runner),
  };
}

/** GitLab gives a job's volumes to its services as well. */
function dockerVolumes(settings: HostSettings, runner: RunnerEntry): string[] {
  const volumes = [];
  if (runner.class === "socket") {
    volumes.push(`${dockerSocket(settings.dataDirectory, runner.level)}:/var/run/docker.sock`);
  }
  if (settings.caCertificates.length > 0) {
    volumes.push(`${CA_BUNDLE}:${CA_BUNDLE}:ro`);
  }
  return volumes;
}

function jobEnvironment(settings: HostSettings, runner: RunnerEntry): string[] {
  const variables = proxyVariables(settings.proxy);
  if (settings.executor === "shell") {
    variables.DOCKER_HOST = `unix://${dockerSocket(settings.dataDirectory, runner.level)}`;
  }
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}
