/** What a host must be and have, decided from the facts that probe.sh reports. */
import type { FleetConfig } from "../../config.ts";
import { levelsOf } from "../../runner/levels.ts";
import { type Answers, CannotCheck, type Outcome } from "../check.ts";
import type { Clock, Facts } from "../host-session.ts";

/** A question about a host's facts. */
export interface FactQuestion {
  readonly id: string;
  readonly title: string;
  readonly answer: (answers: Answers, facts: Facts, fleet: FleetConfig) => Outcome;
}

/** @throws {CannotCheck} where the host did not say. */
function fact(facts: Facts, name: string): string {
  const value = facts.get(name);
  if (value === undefined || value === "")
    throw new CannotCheck(`the host did not report ${name}`, "log in to the host, and check it there");
  return value;
}

/** Undefined for what is no number: a file system without a fixed number of inodes says `-`. */
function number(facts: Facts, name: string): number | undefined {
  const value = Number(fact(facts, name));
  return Number.isFinite(value) ? value : undefined;
}

const GIGABYTE = 1e9;
const gigabytes = (bytes: number): string => `${(bytes / GIGABYTE).toFixed(1)} GB`;

const SUPPORTED = ["debian-13", "ubuntu-24.04", "debian-12", "ubuntu-22.04"];
const WITHOUT_BUILDX = ["debian-12", "ubuntu-22.04"];

function system(answers: Answers, facts: Facts, fleet: FleetConfig): Outcome {
  const [found, architecture] = [fact(facts, "system"), fact(facts, "architecture")];
  const told = `${found} on ${architecture}`;
  if (!SUPPORTED.includes(found) || !["amd64", "arm64"].includes(architecture))
    return answers.failed(
      told,
      "use a machine with Debian 12 or 13, or Ubuntu 22.04 or 24.04, on amd64 or arm64",
    );
  if (WITHOUT_BUILDX.includes(found) && fleet.packages.source === "distribution")
    return answers.failed(
      `${told}: it does not package docker-buildx`,
      `set packages: docker for fleet ${fleet.name}`,
    );
  return facts.get("systemd") === "no"
    ? answers.failed(`${told}: systemd is not running`, "use a booted machine, not a container or a chroot")
    : answers.ok(told);
}

/** Bytes below which a set-up or a build cannot do its work, and below which it soon will not. */
const DISK = { least: 3 * GIGABYTE, wanted: 10 * GIGABYTE };

function disk(answers: Answers, facts: Facts, fleet: FleetConfig): Outcome {
  const available = number(facts, "disk.available") ?? 0;
  const found = `${gigabytes(available)} free of ${gigabytes(number(facts, "disk.size") ?? 0)}, at ${fact(facts, "disk.path")}`;
  const remedy = `enlarge the disk, or lower builder.maxUsedSpace of fleet ${fleet.name}; to find what takes the space: sudo du -xh --max-depth=3 ${fact(facts, "disk.path")} | sort -h | tail`;
  if (available < DISK.least) return answers.failed(found, remedy);
  return available < DISK.wanted ? answers.warning(found, remedy) : answers.ok(found);
}

function inodes(answers: Answers, facts: Facts): Outcome {
  const [available, total] = [number(facts, "inodes.available"), number(facts, "inodes.total")];
  if (available === undefined || total === undefined || total === 0)
    return answers.ok("the file system has no fixed number of them");
  const percent = Math.floor((available / total) * 100);
  const found = `${percent} % free`;
  const remedy =
    "create the file system again with more inodes (mkfs.ext4 -T news), or as XFS; until then: sudo systemctl start 'buildx-housekeeping@*.service'";
  if (percent < 2) return answers.failed(found, remedy);
  return percent < 10 ? answers.warning(found, remedy) : answers.ok(found);
}

/** Bytes: what a daemon, a builder and a job need to be there, and to work well. */
const MEMORY = { least: 0.9 * GIGABYTE, wanted: 1.9 * GIGABYTE };

function memory(answers: Answers, facts: Facts): Outcome {
  const [total, available] = [number(facts, "memory.total") ?? 0, number(facts, "memory.available") ?? 0];
  const found = `${gigabytes(total)}, ${gigabytes(available)} of it available`;
  if (total < MEMORY.least) return answers.failed(found, "use a machine with 2 GB or more");
  if (total < MEMORY.wanted) return answers.warning(found, "use a machine with 2 GB or more");
  return available * 20 < total
    ? answers.warning(
        found,
        "lower concurrency or builder.maxParallelism, or use a larger machine; to find what uses it: ps -eo rss,user,args --sort=-rss | head",
      )
    : answers.ok(found);
}

function cpus(answers: Answers, facts: Facts, fleet: FleetConfig): Outcome {
  const count = number(facts, "cpus") ?? 0;
  const jobs = fleet.concurrency * levelsOf(fleet.refs).length;
  const found = `${count} for ${jobs} jobs at once`;
  return jobs > count * 8
    ? answers.warning(found, `lower concurrency of fleet ${fleet.name}, or use a larger machine`)
    : answers.ok(found);
}

const CONTROLLERS = ["cpu", "cpuset", "io", "memory", "pids"];

function cgroup(answers: Answers, facts: Facts): Outcome {
  const remedy =
    "boot with systemd.unified_cgroup_hierarchy=1 (GRUB_CMDLINE_LINUX in /etc/default/grub, then update-grub); until then limits of jobs have no effect";
  if (facts.get("cgroup") !== "cgroup2fs")
    return answers.warning(`/sys/fs/cgroup is ${facts.get("cgroup") || "nothing"}, not cgroup2fs`, remedy);
  const offered = (facts.get("cgroup.controllers") ?? "").split(" ");
  const missing = CONTROLLERS.filter((name) => !offered.includes(name));
  return missing.length > 0
    ? answers.warning(`it does not offer ${missing.join(", ")}`, remedy)
    : answers.ok(offered.join(", "));
}

function namespaces(answers: Answers, facts: Facts): Outcome {
  const most = number(facts, "namespaces.max") ?? 0;
  if (most === 0)
    return answers.failed(
      "user.max_user_namespaces is 0",
      "echo user.max_user_namespaces=28633 | sudo tee /etc/sysctl.d/60-userns.conf && sudo sysctl --system",
    );
  if (facts.get("namespaces.clone") === "0")
    return answers.failed(
      "kernel.unprivileged_userns_clone is 0",
      "echo kernel.unprivileged_userns_clone=1 | sudo tee /etc/sysctl.d/60-userns.conf && sudo sysctl --system",
    );
  return answers.ok(`${most} for each user`);
}

/** The checks of every host. */
export const FACT_QUESTIONS: readonly FactQuestion[] = [
  { id: "host.system", title: "its system is supported", answer: system },
  { id: "host.disk", title: "it has disk space for images and caches", answer: disk },
  { id: "host.inodes", title: "it has free inodes", answer: inodes },
  { id: "host.memory", title: "it has enough memory", answer: memory },
  { id: "host.cpus", title: "it has enough processors for its jobs", answer: cpus },
  { id: "host.cgroup", title: "it has cgroup v2, which limits jobs", answer: cgroup },
  { id: "host.namespaces", title: "its kernel has user namespaces", answer: namespaces },
];

/** Seconds: a wrong clock breaks certificates and tokens, and confuses logs. */
const SKEW = { told: 5, wrong: 60 };

export function clockAnswer(answers: Answers, { skew, uncertainty }: Clock): Outcome {
  // The connection's delay may explain this much of the difference.
  const least = Math.max(0, Math.abs(skew) - uncertainty);
  const found =
    least < 1
      ? "within a second"
      : `${Math.round(Math.abs(skew))} s ${skew > 0 ? "ahead of" : "behind"} this computer`;
  const remedy =
    "sudo timedatectl set-ntp true && timedatectl timesync-status; check that it reaches an NTP server. If the host's clock is right, correct this computer's";
  if (least > SKEW.wrong) return answers.failed(found, remedy);
  return least > SKEW.told ? answers.warning(found, remedy) : answers.ok(found);
}
