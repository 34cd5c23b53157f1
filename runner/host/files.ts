import { LIBRARY } from "./addresses.ts";
import { autoscalerOf } from "./autoscaler-toml.ts";
import { cloudAssignments, cloudFiles } from "./cloud.ts";
import { configToml } from "./config-toml.ts";
import { buildkitdToml, daemonJson } from "./daemon-settings.ts";
import { aptProxy, noProxyList } from "./proxy.ts";
import { daemonUnits, hasDaemons, hasManagers, roleFiles } from "./roles.ts";
import { type AutoscalerSettings, type HostFile, type HostSettings, ownerOf } from "./settings.ts";
import { shellAssignments } from "./shell-text.ts";
import { directoryOf } from "./source-files.ts";

const UNITS = directoryOf("units");

/**
 * Every file that makes a host, in the order of its path. None holds a secret; the same settings give the same bytes.
 */
export function hostFiles(settings: HostSettings): HostFile[] {
  return [
    ...roleFiles(settings.role),
    ...unitFiles(settings),
    ...systemFiles(settings),
    ...settingFiles(settings),
    ...cloudFiles(settings),
  ].sort((left, right) => (left.path < right.path ? -1 : 1));
}

function unitFiles({ role, executor }: HostSettings): HostFile[] {
  const manager = executor === "shell" ? "gitlab-runner-shell@.service" : "gitlab-runner@.service";
  return [
    ...daemonUnits(role).map((name) => file(`/etc/systemd/system/${name}`, unit(name))),
    ...(hasManagers(role) ? [file("/etc/systemd/system/gitlab-runner@.service", unit(manager))] : []),
    ...(hasDaemons(role)
      ? [file("/etc/systemd/user/buildx-docker.service", unit("buildx-docker.service"))]
      : []),
  ];
}

/** Settings that other programs of the host read, in the directories they keep for that. */
function systemFiles(settings: HostSettings): HostFile[] {
  const files = [
    file("/etc/systemd/journald.conf.d/buildx-runners.conf", unit("journald.conf")),
    file("/etc/apt/apt.conf.d/52buildx-runners", unit("unattended-upgrades.conf")),
  ];
  settings.caCertificates.forEach((pem, index) => {
    const path = `/usr/local/share/ca-certificates/buildx-runners-${index + 1}.crt`;
    files.push(file(path, `${pem.trim()}\n`));
  });
  if (settings.proxy !== undefined) {
    files.push(file("/etc/apt/apt.conf.d/53buildx-runners-proxy", aptProxy(settings.proxy)));
  }
  return files;
}

function settingFiles(settings: HostSettings): HostFile[] {
  const files = [
    file(`${LIBRARY}/settings.env`, settingsEnvironment(settings)),
    file(`${LIBRARY}/runners.tsv`, runnerTable(settings)),
  ];
  for (const level of settings.levels) {
    if (hasManagers(settings.role)) {
      files.push(file(`${LIBRARY}/${level}/config.toml`, configToml(settings, level)));
    }
    if (hasDaemons(settings.role)) {
      files.push(
        file(`${LIBRARY}/${level}/buildkitd.toml`, buildkitdToml(settings)),
        file(`${LIBRARY}/${level}/daemon.json`, daemonJson(settings)),
      );
    }
  }
  return files;
}

/** What register.sh needs to find a runner's place: level, class, name. */
function runnerTable(settings: HostSettings): string {
  const places = new Set<string>();
  for (const { level, class: runnerClass, name } of settings.runners) {
    if (places.has(`${level}/${runnerClass}`)) {
      throw new Error(
        `two runners of level ${level} and class ${runnerClass} on one host: ${JSON.stringify(name)}`,
      );
    }
    if (/[\p{Cc}"\\]/u.test(name)) {
      throw new Error(
        `a runner's name holds a quote, a backslash or a control character: ${JSON.stringify(name)}`,
      );
    }
    places.add(`${level}/${runnerClass}`);
  }
  return settings.runners.map((runner) => `${runner.level}\t${runner.class}\t${runner.name}\n`).join("");
}

function settingsEnvironment(settings: HostSettings): string {
  const { packages, gitlabRunner, proxy } = settings;
  const docker = packages.source === "docker" ? packages : { url: "", fingerprint: "" };
  const binary = gitlabRunner === "none" ? { version: "", url: "", sha256: {} } : gitlabRunner;
  const digests: Readonly<Record<string, string>> = binary.sha256;
  return shellAssignments({
    STACK: settings.stack,
    FLEET: settings.fleet,
    OWNER: settings.cloud ? "" : ownerOf(settings),
    TAKE_OVER: settings.takeOver ?? "",
    LEVELS: settings.levels.join(" "),
    EXECUTOR: settings.executor,
    DATA_DIRECTORY: settings.dataDirectory,
    PACKAGES_SOURCE: packages.source,
    PACKAGES_URL: docker.url.replace(/\/+$/, ""),
    PACKAGES_FINGERPRINT: docker.fingerprint,
    GITLAB_RUNNER_VERSION: binary.version,
    GITLAB_RUNNER_URL: binary.url.replace(/\/+$/, ""),
    GITLAB_RUNNER_SHA256_AMD64: digests.amd64 ?? "",
    GITLAB_RUNNER_SHA256_ARM64: digests.arm64 ?? "",
    BUILDKIT_IMAGE: settings.builder.image,
    HTTP_PROXY_URL: proxy?.http ?? "",
    HTTPS_PROXY_URL: proxy?.https ?? "",
    NO_PROXY_LIST: proxy === undefined ? "" : noProxyList(proxy),
    ...(settings.role === "manager" ? pluginAssignments(autoscalerOf(settings)) : {}),
    ...cloudAssignments(settings.cloud),
  });
}

function pluginAssignments({ plugin }: AutoscalerSettings): Record<string, string> {
  const binary = plugin === "none" ? { version: "", url: "", sha256: {} } : plugin;
  const digests: Readonly<Record<string, string>> = binary.sha256;
  return {
    PLUGIN_VERSION: binary.version,
    PLUGIN_URL: binary.url.replace(/\/+$/, ""),
    PLUGIN_SHA256_AMD64: digests.amd64 ?? "",
    PLUGIN_SHA256_ARM64: digests.arm64 ?? "",
  };
}

function unit(name: string): string {
  const content = UNITS.get(name);
  if (content === undefined) {
    throw new Error(`runner/host/units/${name} is missing`);
  }
  return content;
}

function file(path: string, content: string): HostFile {
  return { path, mode: "0644", content };
}
