/** Which files a computer gets by its role: those that all roles share, and those of its own. */
import { LIBRARY } from "./addresses.ts";
import { type HostFile, script } from "./file.ts";
import type { HostRole } from "./settings.ts";
import { filesBelow } from "./source-files.ts";

const SHARED = filesBelow("scripts");

/** Beside this module, in a directory of the role's name. */
const OWN: Readonly<Record<HostRole, ReadonlyMap<string, string>>> = {
  host: new Map(),
  manager: filesBelow("manager"),
  worker: filesBelow("worker"),
};

/** Of an archive alone: it is what installs the others. */
const INSTALLER = "install-files.sh";

/** Shared files that have no use there, or must not be there: a manager has no daemon, a worker no runner. */
const WITHOUT: Readonly<Record<HostRole, readonly string[]>> = {
  host: [],
  manager: [
    ...["builder.sh", "dockerd.sh", "guard.sh", "housekeeping.sh"],
    ...["setup/builder.sh", "setup/daemon.sh", "setup/guard.sh", "doctor/daemon.sh", "doctor/guard.sh"],
  ],
  worker: [
    ...["await-daemon.sh", "pinned.sh", "register.sh", "write-private.sh"],
    ...["setup/manager.sh", "doctor/manager.sh"],
  ],
};

/** Where files go that are no scripts of the library. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "doctor.sh": "/usr/local/sbin/buildx-doctor",
  "autoscaler.conf": "/etc/systemd/system/gitlab-runner@.service.d/autoscaler.conf",
  "sshd.conf": "/etc/ssh/sshd_config.d/10-buildx-runners.conf",
  // Of the agent's files the one that is read last, and that no package brings.
  "guest-agent.cfg": "/etc/default/instance_configs.cfg.template",
};

/** What keeps a level's daemon and builder. */
const UNITS = [
  "buildx-builder@.service",
  "buildx-builder@.timer",
  "buildx-guard.service",
  "buildx-housekeeping@.service",
  "buildx-housekeeping@.timer",
] as const;

/** Whether the role has levels' accounts with their daemons. */
export const hasDaemons = (role: HostRole): boolean => role !== "manager";

/** Whether the role has runner managers with their tokens. */
export const hasManagers = (role: HostRole): boolean => role !== "worker";

/** Names of the system's units that keep levels' daemons and builders. */
export const daemonUnits = (role: HostRole): readonly string[] => (hasDaemons(role) ? UNITS : []);

/** The scripts of a role, and what it has of its own for other programs. */
export const roleFiles = (role: HostRole): HostFile[] =>
  [...SHARED, ...OWN[role]]
    .filter(([name]) => name !== INSTALLER && !WITHOUT[role].includes(name))
    .map(([name, content]) => script(ELSEWHERE[name] ?? `${LIBRARY}/${name}`, content));
