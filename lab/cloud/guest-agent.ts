import { existsSync } from "node:fs";
import { appendFile, copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { LabError } from "../errors.ts";
import { cacheName, defineRoot } from "../machine/root-file-system.ts";
import { cacheDirectory } from "../paths.ts";
import { run } from "../run.ts";
import { addresses } from "./network.ts";

/**
 * What Google's images of Debian have beyond Debian's own: the agent that runs start-up and shutdown scripts, and the
 * modules for OS Login. These are the packages of Debian itself; Google's own releases of them are newer.
 *
 * @see https://cloud.google.com/compute/docs/images/guest-environment
 */
const packages = ["google-guest-agent", "google-compute-engine-oslogin"];

/** Where a Debian system's apt keeps what it downloads. */
const archives = "var/cache/apt/archives";

/** Installs Google's guest environment into a root file system that has not booted yet. */
export async function installGuestEnvironment(root: string): Promise<void> {
  const debs = await fetchPackages(root);
  const staging = path.join(root, "var/tmp/guest-environment");
  await mkdir(staging);
  for (const deb of debs) await copyFile(deb, path.join(staging, path.basename(deb)));
  await run("chroot", [root, "sh", "-c", "dpkg --install /var/tmp/guest-environment/*.deb"], {
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
      await rename(unfinished, cache);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  return (await readdir(cache)).map((file) => path.join(cache, file));
}

async function download(root: string, target: string): Promise<void> {
  const before = new Set(await debsIn(path.join(root, archives)));
  const apt = (...argv: string[]) =>
    run(
      "chroot",
      [root, "apt-get", "--quiet=2", "--yes", "-o", `Dir::Cache::archives=/${archives}`, ...argv],
      {
        env: { DEBIAN_FRONTEND: "noninteractive" },
        purpose: "download Google's guest environment",
      },
    );
  await apt("update");
  const { stdout } = await apt("--print-uris", "--no-install-recommends", "install", ...packages);
  await apt("--download-only", "--no-install-recommends", "install", ...packages);
  // Files that an earlier machine left there are not told as new ones.
  const wanted = stdout.split("\n").flatMap((line) => /^'[^']*' (\S+\.deb) /.exec(line)?.[1] ?? []);
  const fresh = (await debsIn(path.join(root, archives))).filter((file) => !before.has(file));
  for (const file of new Set([...wanted, ...fresh])) {
    await copyFile(path.join(root, archives, file), path.join(target, file));
  }
  await rm(path.join(root, "var/lib/apt/lists"), { recursive: true });
  await mkdir(path.join(root, "var/lib/apt/lists/partial"), { recursive: true });
}

async function debsIn(directory: string): Promise<string[]> {
  return existsSync(directory) ? (await readdir(directory)).filter((file) => file.endsWith(".deb")) : [];
}
