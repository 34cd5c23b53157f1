import { LIBRARY } from "./addresses.ts";
import { autoscalerOf } from "./autoscaler-toml.ts";
import { cloudFiles } from "./cloud.ts";
import { configToml } from "./config-toml.ts";
import { buildkitdToml, daemonJson } from "./daemon-settings.ts";
import { file, type HostFile } from "./file.ts";
import { daemonUnits, hasDaemons, hasManagers, roleFiles } from "./roles.ts";
import { type HostSettings, ownerOf } from "./settings.ts";
import { shellAssignments } from "./shell-text.ts";
import { filesBelow } from "./source-files.ts";
import { binaryValues, shellValues, tableFiles } from "./table.ts";

const UNITS = filesBelow("units");

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
  return [
    file("/etc/systemd/journald.conf.d/buildx-runners.conf", unit("journald.conf")),
    file("/etc/apt/apt.conf.d/52buildx-runners", unit("unattended-upgrades.conf")),
    ...tableFiles(settings),
  ];
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

/** Where scripts find a host's settings: those of the table, and what only this machine is. */
function settingsEnvironment(settings: HostSettings): string {
  const { role, stack, fleet, cloud, takeOver, levels } = settings;
  return shellAssignments({
    ROLE: role,
    STACK: stack,
    FLEET: fleet,
    OWNER: cloud ? "" : ownerOf(settings),
    TAKE_OVER: takeOver ?? "",
    LEVELS: levels.join(" "),
    ...shellValues(settings),
    ...(role === "manager" ? binaryValues("PLUGIN", autoscalerOf(settings).plugin) : {}),
    ...(cloud
      ? { SHUTDOWN_SECONDS: String(cloud.shutdownSeconds), HEALTH_CHECK: cloud.healthCheck ? "yes" : "no" }
      : {}),
  });
}

function unit(name: string): string {
  const content = UNITS.get(name);
  if (content === undefined) {
    throw new Error(`runner/host/units/${name} is missing`);
  }
  return content;
}
