import { existsSync } from "node:fs";
import { copyFile, link, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { cacheDirectory } from "../paths.ts";

/** Where a Debian system's apt keeps what it downloaded. */
const archives = "var/cache/apt/archives";
const cache = path.join(cacheDirectory, "apt");
/** A month: Debian's point releases leave older versions of packages behind. */
const keptFor = 30 * 24 * 3600 * 1000;

/** Puts the packages that earlier machines downloaded where apt in this one looks first; it verifies them. */
export async function seedPackages(root: string): Promise<void> {
  if (!existsSync(cache)) return;
  const target = path.join(root, archives);
  await mkdir(target, { recursive: true });
  for (const name of await debs(cache)) await place(path.join(cache, name), path.join(target, name));
}

/** Takes over what the machine downloaded, and forgets what no machine has needed for a month. */
export async function keepPackages(root: string): Promise<void> {
  const source = path.join(root, archives);
  if (!existsSync(source)) return;
  await mkdir(cache, { recursive: true });
  for (const name of await debs(source)) {
    const target = path.join(cache, name);
    if (!existsSync(target)) await place(path.join(source, name), target);
  }
  for (const name of await debs(cache)) {
    const file = path.join(cache, name);
    const { atimeMs, ctimeMs } = await stat(file);
    if (Date.now() - Math.max(atimeMs, ctimeMs) > keptFor) await rm(file, { force: true });
  }
}

async function debs(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith(".deb"));
}

/** A second name of the same file where possible: apt replaces packages, it never writes into them. */
async function place(from: string, to: string): Promise<void> {
  const unfinished = `${to}.${process.pid}.new`;
  await link(from, unfinished).catch(() => copyFile(from, unfinished));
  await rename(unfinished, to);
}
