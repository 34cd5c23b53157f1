import { LIBRARY } from "./addresses.ts";
import { cloudAssignments, cloudFiles } from "./cloud.ts";
import { configToml } from "./config-toml.ts";
import { buildkitdToml, daemonJson } from "./daemon-settings.ts";
import { aptProxy, noProxyList } from "./proxy.ts";
import type { HostFile, HostSettings } from "./settings.ts";
import { shellAssignments } from "./shell-text.ts";
import { directoryOf } from "./source-files.ts";

const SCRIPTS = directoryOf("scripts");
const SETUP_STEPS = directoryOf("scripts/setup");
const DOCTOR_PARTS = directoryOf("scripts/doctor");
const UNITS = directoryOf("units");

/**
 * Every file that makes a host, in the order of its path. None holds a secret; the same settings give the same bytes.
 */
export function hostFiles(settings: HostSettings): HostFile[] {
  return [
    ...scriptFiles(),
    ...unitFiles(settings),
    ...systemFiles(settings),
    ...settingFiles(settings),
    ...cloudFiles(settings),
  ].sort((left, right) => (left.path < right.path ? -1 : 1));
}

function scriptFiles(): HostFile[] {
  const commands = [...SCRIPTS]
    .filter(([name]) => name !== "install-files.sh")
    .map(([name, content]) =>
      name === "doctor.sh"
        ? { path: "/usr/local/sbin/buildx-doctor", mode: "0755", content }
        : { path: `${LIBRARY}/${name}`, mode: content.startsWith("#!") ? "0755" : "0644", content },
    );
  const parts = [
    ...[...SETUP_STEPS].map(([name, content]) => ({ path: `${LIBRARY}/setup/${name}`, content })),
    ...[...DOCTOR_PARTS].map(([name, content]) => ({ path: `${LIBRARY}/doctor/${name}`, content })),
  ].map(({ path, content }) => ({ path, mode: "0644", content }));
  return [...commands, ...parts];
}

function unitFiles(settings: HostSettings): HostFile[] {
  const manager = settings.executor === "shell" ? "gitlab-runner-shell@.service" : "gitlab-runner@.service";
  const system = [
    "buildx-builder@.service",
    "buildx-builder@.timer",
    "buildx-guard.service",
    "buildx-housekeeping@.service",
    "buildx-housekeeping@.timer",
  ].map((name) => file(`/etc/systemd/system/${name}`, unit(name)));
  return [
    ...system,
    file("/etc/systemd/system/gitlab-runner@.service", unit(manager)),
    file("/etc/systemd/user/buildx-docker.service", unit("buildx-docker.service")),
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
    files.push(
      file(`${LIBRARY}/${level}/config.toml`, configToml(settings, level)),
      file(`${LIBRARY}/${level}/buildkitd.toml`, buildkitdToml(settings)),
      file(`${LIBRARY}/${level}/daemon.json`, daemonJson(settings)),
    );
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
    ...cloudAssignments(settings.cloud),
  });
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
