import { existsSync } from "node:fs";
import { appendFile, copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { LabError } from "../errors.ts";
import { cacheName, defineRoot } from "../machine/root-file-system.ts";
import { cacheDirectory } from "../paths.ts";
import { run } from "../run.ts";
import { addresses } from "./network.ts";

/**
 * What Google's images of Debian have beyond Debian's own: the agent that runs start-up and shutdown scripts. This is
 * Debian's package of it; Google's own releases are newer, with the same units. Its OS Login stays off in the lab,
 * which has nobody's Google account.
 *
 * @see https://cloud.google.com/compute/docs/images/guest-environment
 */
const PACKAGE = "google-guest-agent";

/** Where the package's files are while it is installed, within the root file system. */
const STAGING = "var/tmp/guest-environment";

/** Installs Google's guest environment into a root file system that has not booted yet. */
export async function installGuestEnvironment(root: string): Promise<void> {
  const debs = await fetchPackages(root);
  const staging = path.join(root, STAGING);
  await mkdir(staging, { recursive: true });
  for (const deb of debs) await copyFile(deb, path.join(staging, path.basename(deb)));
  await run("chroot", [root, "sh", "-c", `dpkg --install /${STAGING}/*.deb`], {
    env: { DEBIAN_FRONTEND: "noninteractive" },
    purpose: "install Google's guest environment",
  });
  await rm(staging, { recursive: true });
  await adaptAgent(path.join(root, "etc/default/instance_configs.cfg"));
  await appendFile(
    path.join(root, "etc/hosts"),
    `${addresses.metadata} metadata.google.internal metadata\n${addresses.googleServices} secretmanager.googleapis.com\n`,
  );
}

/** The lab gave the machine its host key already, and its clock is this computer's. */
async function adaptAgent(file: string): Promise<void> {
  const text = await readFile(file, "utf8");
  const adapted = text
    .replace(/^set_host_keys = .*$/m, "set_host_keys = false")
    .replace(/^clock_skew_daemon = .*$/m, "clock_skew_daemon = false");
  if (!/^set_host_keys = false$/m.test(adapted) || !/^clock_skew_daemon = false$/m.test(adapted)) {
    throw new LabError(`${file} has other settings than expected; see what google-guest-agent changed`);
  }
  await writeFile(file, adapted);
}

/** The packages' files, those that they depend on included: downloaded once for each root file system. */
async function fetchPackages(root: string): Promise<string[]> {
  const name = cacheName(await defineRoot()).replace(/^machine-(.*)\.tar$/, "guest-$1");
  const cache = path.join(cacheDirectory, name);
  if (!existsSync(cache)) {
    const unfinished = `${cache}.${process.pid}.new`;
    await mkdir(unfinished, { recursive: true });
    try {
      await download(root, unfinished);
      await rename(unfinished, cache).catch((error) => {
        // Another machine's was there first.
        if (!existsSync(cache)) throw error;
      });
      await forgetOthers(name);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  return (await readdir(cache)).map((file) => path.join(cache, file));
}

/** Those of earlier root file systems: nothing will ask for them again. */
async function forgetOthers(name: string): Promise<void> {
  const others = (await readdir(cacheDirectory)).filter(
    (other) => /^guest-[^.]*$/.test(other) && other !== name,
  );
  for (const other of others) await rm(path.join(cacheDirectory, other), { recursive: true, force: true });
}

/** Into a directory of its own: what apt finds among earlier machines' packages it would not tell of. */
async function download(root: string, target: string): Promise<void> {
  const staging = path.join(root, STAGING);
  const lists = path.join(root, "var/lib/apt/lists");
  const apt = (...argv: string[]) =>
    run(
      "chroot",
      [root, "apt-get", "--quiet=2", "--yes", "-o", `Dir::Cache::archives=/${STAGING}`, ...argv],
      {
        env: { DEBIAN_FRONTEND: "noninteractive" },
        purpose: "download Google's guest environment",
      },
    );
  await mkdir(path.join(staging, "partial"), { recursive: true });
  await apt("update");
  await apt("install", "--download-only", "--no-install-recommends", PACKAGE);
  const debs = (await readdir(staging)).filter((file) => file.endsWith(".deb"));
  for (const deb of debs) await copyFile(path.join(staging, deb), path.join(target, deb));
  for (const directory of [staging, lists]) await rm(directory, { recursive: true });
  await mkdir(path.join(lists, "partial"), { recursive: true });
}
