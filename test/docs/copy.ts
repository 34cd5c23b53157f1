/** A fresh copy of the repository, in which commands of the documentation run. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { REPOSITORY } from "./pages.ts";

export interface Copy {
  readonly directory: string;
  /** The user's own, empty at first. */
  readonly home: string;
  /** Runs a block as a user would type it, and ends at its first failing command. */
  run(script: string, options?: RunOptions): Promise<Outcome>;
  remove(): void;
}

export interface RunOptions {
  /** The placeholders of the block, and what the place needs besides. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export interface Outcome {
  readonly exitCode: number;
  /** Both streams. */
  readonly text: string;
}

/** Files of the repository as they stand here, in a directory with an empty home beside it. Nothing is installed. */
export function copyRepository(): Copy {
  const root = mkdtempSync(join(tmpdir(), "docs-"));
  const directory = join(root, "buildx-runners");
  const home = join(root, "home");
  mkdirSync(home);
  const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: REPOSITORY,
    encoding: "utf8",
  });
  for (const name of list.split("\0").filter((name) => name !== "" && existsSync(join(REPOSITORY, name)))) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    cpSync(join(REPOSITORY, name), join(directory, name));
  }
  symlinkSync(join(REPOSITORY, "node_modules"), join(directory, "node_modules"));
  const { PATH = "", NODE_COMPILE_CACHE } = process.env;
  const environment = {
    ...{ PATH, HOME: home, LANG: "C.UTF-8", CI: "true" },
    ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }),
  };
  return {
    ...{ directory, home },
    run: async (script, { variables = {}, input } = {}) => {
      const { exitCode, all = "" } = await execa("bash", ["--norc", "-euo", "pipefail", "-c", script], {
        ...{ cwd: directory, env: { ...environment, ...variables }, extendEnv: false },
        ...{ reject: false, all: true },
        ...(input === undefined ? { stdin: "ignore" as const } : { input }),
      });
      return { exitCode: exitCode ?? 255, text: all };
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
