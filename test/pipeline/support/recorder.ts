/** Runs a job's script with a POSIX shell, in a directory of its own, with a recorder on PATH in the place of Docker. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";

/**
 * Records each call's arguments, a line each, and what a login gets on standard input. `imagetools inspect` answers
 * from a file of tags and digests.
 */
const RECORDER = `#!/bin/sh
printf '%s\\n' "$*" >> "$CALLS"
case "$*" in
  login*) cat >> "$CALLS.stdin" ;;
  *"imagetools inspect"*)
    for last in "$@"; do :; done
    awk -v name="$last" '$1 == name { print $2; found = 1 } END { exit !found }' "$CALLS.images"
    ;;
esac
`;

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Arguments of each call of docker. */
  readonly calls: readonly string[];
}

export interface Place {
  readonly directory: string;
  readonly run: (text: string, environment?: Record<string, string>) => Run;
  /** Puts a file there, with its directories. */
  readonly write: (path: string, content: string) => void;
  /** Puts a program on PATH, before every other. */
  readonly program: (name: string, text: string) => void;
}

/** A new directory for each test, outside the one in which the job works where the recorder is. */
export function inTemporaryDirectory(): Place {
  let root = "";
  const work = () => join(root, "work");
  const program = (name: string, text: string) => {
    writeFileSync(join(root, name), text);
    chmodSync(join(root, name), 0o755);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "pipeline-scripts-"));
    mkdirSync(work());
    program("docker", RECORDER);
    writeFileSync(join(work(), "calls.images"), "");
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  return {
    get directory() {
      return work();
    },
    run(text, environment = {}) {
      const calls = join(work(), "calls");
      rmSync(calls, { force: true });
      const { status, stdout, stderr } = spawnSync("sh", ["-c", text], {
        cwd: work(),
        encoding: "utf8",
        env: { PATH: `${root}:${process.env.PATH}`, CALLS: calls, CI_PROJECT_DIR: work(), ...environment },
      });
      const recorded = existsSync(calls) ? readFileSync(calls, "utf8").trimEnd().split("\n") : [];
      return { status, stdout, stderr, calls: recorded };
    },
    write(path, content) {
      mkdirSync(join(work(), path, ".."), { recursive: true });
      writeFileSync(join(work(), path), content);
    },
    program,
  };
}
