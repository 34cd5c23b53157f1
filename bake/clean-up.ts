/** Files that two machines must not share or that an image does not need: removed before the disk is made. */
import { existsSync } from "node:fs";
import { lstat, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { run } from "../lab/run.ts";
import { BakeError } from "./error.ts";

/** One thing to take out. */
export interface Leftover {
  /** Below the root directory; `*` stands for any part of one name. */
  readonly path: string;
  /** `remove` the file or tree; `empty` the directory, or every file below it (`logs`), or the file itself (`truncate`). */
  readonly how: "remove" | "empty" | "logs" | "truncate";
  readonly why: string;
}

const IDENTITY = "two machines would have the same identity";
const SECRET = "every reader of the image could act as the machine";
const TEMPORARY = "it was needed for the bake only";
const STALE = "it is out of date at the first boot";

/** For a host whose levels keep their data below this directory. */
export function leftovers(dataDirectory: string): Leftover[] {
  const data = dataDirectory.replace(/^\/+/, "");
  const docker = `${data}/*/home/docker`;
  const entries = {
    [IDENTITY]: [
      ["truncate", "etc/machine-id"],
      ["remove", "var/lib/dbus/machine-id"],
      ["remove", "etc/hostname"],
      ["remove", "etc/instance_id"],
      ["remove", "etc/gitlab-runner/*/.runner_system_id"],
      ["remove", "etc/gitlab-runner/.runner_system_id"],
      ["remove", "var/lib/gitlab-runner/.runner_system_id"],
      ["remove", `${docker}/engine-id`],
      ["remove", `${docker}/volumes/*_state/_data/runc-overlayfs/workerid`],
      ["remove", `${data}/*/home/.docker/buildx/.buildNodeID`],
    ],
    [SECRET]: [
      ["remove", "etc/ssh/ssh_host_*"],
      ["empty", "etc/gitlab-runner"],
      ["remove", "var/lib/buildx-runners/registered"],
      ["remove", "var/lib/buildx-runners/tokens"],
      ["empty", "var/lib/buildx-runners/cloud"],
      ["remove", "var/lib/systemd/random-seed"],
      ["remove", "var/lib/systemd/credential.secret"],
      ["remove", "root/.ssh"],
      ["remove", "root/.docker"],
    ],
    [TEMPORARY]: [
      ["empty", "home"],
      ["remove", "etc/sudoers.d/90-admin"],
      ["remove", "etc/apt/apt.conf.d/90-keep-packages"],
      ["remove", "etc/apt/apt.conf.d/99mmdebstrap"],
      ["remove", "etc/apt/sources.list"],
      ["remove", "etc/systemd/system/google-.service.d"],
      ["remove", "usr/local/share/ca-certificates/bake-*"],
      ["empty", "tmp"],
      ["empty", "var/tmp"],
      ["empty", "run"],
      ["remove", "root/.bash_history"],
      ["remove", "root/.cache"],
      ["remove", "etc/*-"],
      ["remove", "etc/.pwd.lock"],
    ],
    [STALE]: [
      ["logs", "var/log"],
      ["remove", "var/log/journal/*"],
      ["remove", "var/lib/buildx-runners/apt.log"],
      ["logs", `${docker}/containers`],
      ["remove", "var/cache/apt/*.bin"],
      ["empty", "var/cache/apt/archives"],
      ["remove", "var/lib/apt/lists/*"],
      ["remove", "var/cache/debconf/*-old"],
      ["remove", "var/cache/ldconfig/aux-cache"],
      ["remove", "var/lib/dpkg/*-old"],
      ["remove", "var/lib/dhcp/*"],
      ["remove", "var/lib/systemd/network/*"],
      // A timer without a stamp starts to count at the first boot; with an old one it would be due at once.
      ["remove", "var/lib/systemd/timers/*"],
      ["remove", "var/lib/systemd/timesync/clock"],
    ],
  } as const;
  return Object.entries(entries).flatMap(([why, list]) =>
    list.map(([how, where]) => ({ path: where, how, why })),
  );
}

/** Takes everything out of a root directory that no machine runs from. */
export async function takeOut(root: string, list: readonly Leftover[]): Promise<void> {
  for (const leftover of list)
    for (const found of await placesOf(root, leftover)) await apply(found, leftover.how);
}

async function apply(found: string, how: Leftover["how"]): Promise<void> {
  switch (how) {
    case "remove":
      return rm(found, { recursive: true, force: true });
    case "truncate":
      return truncate(found);
    case "empty":
      for (const name of await readdir(found)) await rm(path.join(found, name), { recursive: true });
      return;
    case "logs":
      // The directories stay: programs that write there expect them, with their owners.
      for (const file of await logsBelow(found)) await rm(file);
      return;
    default:
      throw new BakeError(`unknown way to take out: ${how satisfies never}`);
  }
}

/** What {@link takeOut} would still find: empty, unless something put it back. */
export async function stillThere(root: string, list: readonly Leftover[]): Promise<string[]> {
  const found: string[] = [];
  for (const leftover of list)
    for (const place of await placesOf(root, leftover))
      if (await remains(place, leftover.how)) found.push(`/${path.relative(root, place)} (${leftover.why})`);
  return found;
}

async function remains(place: string, how: Leftover["how"]): Promise<boolean> {
  switch (how) {
    case "remove":
      return true;
    case "truncate":
      return (await lstat(place)).size > 0;
    case "empty":
      return (await readdir(place)).length > 0;
    case "logs":
      return (await logsBelow(place)).length > 0;
    default:
      return how satisfies never;
  }
}

/** Files of a tree of logs. Below Docker's containers only their logs are, the rest describes them. */
async function logsBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  const wanted = path.basename(directory) === "containers" ? /-json\.log(\.\d+)?$/ : /./;
  return entries
    .filter((entry) => entry.isFile() && wanted.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** A link can be removed, but nothing is to be changed where it leads: that is out of the root file system's directory. */
async function placesOf(root: string, { path: pattern, how }: Leftover): Promise<string[]> {
  const places: string[] = [];
  for (const place of await expand(root, pattern))
    if (how === "remove" || !(await lstat(place)).isSymbolicLink()) places.push(place);
  return places;
}

/** The paths that a pattern names; no link is followed on the way. */
async function expand(root: string, pattern: string): Promise<string[]> {
  let places = [root];
  for (const part of pattern.split("/")) {
    const next: string[] = [];
    for (const place of places) {
      if (!(await lstat(place)).isDirectory()) continue;
      const matches = partMatcher(part);
      for (const name of (await readdir(place)).sort()) if (matches(name)) next.push(path.join(place, name));
    }
    places = next;
  }
  return places;
}

function partMatcher(part: string): (name: string) => boolean {
  const pattern = part.split("*").map((text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const expression = new RegExp(`^${pattern.join(".*")}$`);
  return (name) => expression.test(name);
}

/** Where a runner's token or a machine's private key would lie if it were in the image. */
const WATCHED = ["etc", "root", "home", "usr/local", "var/lib/buildx-runners", "var/lib/gitlab-runner"];
const SECRETS: Readonly<Record<string, RegExp>> = {
  "a runner's token": /\bglrt-[A-Za-z0-9_-]{20}/,
  "a private key": /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
};

/** Files of the image that hold a secret, each as a sentence. */
export async function secretsIn(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const directory of WATCHED.map((name) => path.join(root, name)).filter(existsSync)) {
    const entries = await readdir(directory, { withFileTypes: true, recursive: true });
    for (const entry of entries.filter((candidate) => candidate.isFile())) {
      const file = path.join(entry.parentPath, entry.name);
      const text = await readFile(file, "latin1");
      for (const [name, pattern] of Object.entries(SECRETS))
        if (pattern.test(text)) found.push(`/${path.relative(root, file)} holds ${name}`);
    }
  }
  return found;
}

/**
 * Makes of the machine that set-up ran in what every machine starts from.
 *
 * @param sources apt's, as `aptSources` writes them.
 * @throws BakeError when something that must not be in an image still is.
 */
export async function cleanUpRoot(root: string, dataDirectory: string, sources: string): Promise<void> {
  const list = leftovers(dataDirectory);
  if (existsSync(path.join(root, "home/admin")))
    await run("chroot", [root, "userdel", "--remove", "admin"], { purpose: "remove set-up's own account" });
  await takeOut(root, list);
  await rm(path.join(root, "etc/resolv.conf"), { force: true });
  await symlink("../run/systemd/resolve/stub-resolv.conf", path.join(root, "etc/resolv.conf"));
  await writeFile(path.join(root, "etc/apt/sources.list.d/debian.sources"), sources);
  const faults = [...(await stillThere(root, list)), ...(await secretsIn(root))];
  if (faults.length > 0)
    throw new BakeError(
      `The image would contain data that it must not; it was not written:\n${faults.map((fault) => `  ${fault}`).join("\n")}\n` +
        "This is a bug in the bake: report it with the lines above.",
    );
}
