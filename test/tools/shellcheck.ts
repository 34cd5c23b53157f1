/**
 * shellcheck over every script of the project, those inside generated pipelines included.
 * `npm run check:shell` prints its findings; tests use {@link shellcheck} and {@link projectScripts}.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { runCommandLine, UsageError } from "../../command-line.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cache = join(root, ".lab/cache/tools");

const runs = (command: string): boolean => spawnSync(command, ["--version"]).status === 0;

let found: string | undefined;

/**
 * The program's path. Where it is not installed, Debian's package is unpacked under .lab, which needs no root.
 *
 * @throws {UsageError} with the command that installs it, where that fails.
 */
export function shellcheckPath(): string {
  found ??= locate();
  return found;
}

function locate(): string {
  if (runs("shellcheck")) return "shellcheck";
  const unpacked = join(cache, "usr/bin/shellcheck");
  if (existsSync(unpacked)) return unpacked;
  mkdirSync(cache, { recursive: true });
  try {
    // A machine that never asked for the lists of packages knows none; only root may ask.
    if (process.getuid?.() === 0) execFileSync("apt-get", ["update", "--quiet"], { stdio: "ignore" });
    execFileSync("apt-get", ["download", "shellcheck"], { cwd: cache, stdio: "ignore" });
    execFileSync("sh", ["-c", "dpkg -x shellcheck_*.deb . && rm shellcheck_*.deb"], { cwd: cache });
  } catch {
    throw new UsageError(
      "shellcheck is missing, and Debian's package could not be fetched: apt-get install shellcheck",
    );
  }
  return unpacked;
}

/** Findings in a script's text, in shellcheck's own words; empty where there are none. */
export function shellcheck(text: string, shell: "sh" | "bash"): string {
  const result = spawnSync(shellcheckPath(), [`--shell=${shell}`, "-"], { input: text, encoding: "utf8" });
  if (result.error) throw result.error;
  return result.stdout;
}

/** Findings in scripts of the project, with the files that they source. */
export function shellcheckFiles(paths: readonly string[], shell: "sh" | "bash"): string {
  const options = [`--shell=${shell}`, "--external-sources", "--source-path=SCRIPTDIR"];
  const result = spawnSync(shellcheckPath(), [...options, ...paths], { cwd: root, encoding: "utf8" });
  if (result.error) throw result.error;
  return result.stdout;
}

const interpreter = (text: string): "sh" | "bash" | undefined => {
  const name = /^#!\s*(?:\/usr)?(?:\/bin\/env\s+|\/bin\/)(sh|bash)\b/.exec(text)?.[1];
  return name === "sh" || name === "bash" ? name : undefined;
};

/** Shell scripts of the project, by path: whatever ends in .sh, or names a shell in its first line. */
export function projectScripts(): { path: string; text: string; shell: "sh" | "bash" }[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  return listed
    .split("\n")
    .filter(
      (path) => path !== "" && !/\.(?:ts|json|md|ya?ml|png|svg)$/.test(path) && existsSync(join(root, path)),
    )
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }))
    .flatMap(({ path, text }) => {
      const shell = interpreter(text) ?? (path.endsWith(".sh") ? "bash" : undefined);
      return shell ? [{ path, text, shell }] : [];
    });
}

export const SHELLS = ["sh", "bash"] as const;

/** Paths of the scripts that a shell runs. */
export const pathsFor = (
  shell: "sh" | "bash",
  scripts: readonly { readonly path: string; readonly shell: string }[],
): string[] => scripts.filter((script) => script.shell === shell).map(({ path }) => path);

function check(): void {
  const scripts = projectScripts();
  const findings = SHELLS.map((shell) => shellcheckFiles(pathsFor(shell, scripts), shell)).join("");
  console.log(findings === "" ? `${scripts.length} scripts, no findings` : findings);
  process.exitCode = findings === "" ? 0 : 1;
}

if (import.meta.main) await runCommandLine(new Command("shellcheck").action(check));
