/**
 * Runs login steps with a shell, against token services on the loopback. In the place of Docker stands a recorder: it
 * keeps what a login gets on standard input, and runs a cloud's client in place of the container that has it, with the
 * same arguments, the same standard input and the environment that the container would get, and no other.
 */
import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Step } from "../../../pipeline/model.ts";

const DOCKER = `#!/bin/bash
set -euo pipefail
printf '%s\\n' "$*" >> "$CALLS"
# What every other process may see while this one runs.
for process in /proc/[0-9]*/cmdline; do { tr '\\0' ' ' < "$process"; echo; } >> "$CALLS.processes" 2> /dev/null || true; done
env >> "$CALLS.environment"
command=$1
shift
case $command in
  login) cat > "$CALLS.password" ;;
  run)
    # A new home: the client keeps credentials in its own.
    environment=(PATH="$PATH" HOME="$CALLS.home")
    while [[ $1 == --* ]]; do
      if [[ $1 != --env ]]; then
        shift
      elif [[ $2 == *=* ]]; then
        environment+=("$2")
        shift 2
      else
        [[ -v $2 ]] && environment+=("$2=\${!2}")
        shift 2
      fi
    done
    image=$1
    shift
    exec env -i "\${environment[@]}" "$image" "$@"
    ;;
esac
`;

/** The clients by the names of their programs: the recorder runs what stands where an image's name would. */
export const CLIENTS = { aws: "aws", curl: "curl" } as const;

export const text = (steps: readonly Step[]): string =>
  steps.map((step) => ("run" in step ? step.run : "")).join("\n");

export interface LogInRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Arguments of each call of docker. */
  readonly calls: readonly string[];
  /** What the last login got on standard input. */
  readonly password: string | undefined;
  /** Command lines of all processes at each call, and the environment of docker. */
  readonly visible: string;
  /** Files in DOCKER_CONFIG afterwards, with their content. */
  readonly files: Readonly<Record<string, string>>;
  /** Names in the job's directory afterwards: a script leaves nothing there. */
  readonly left: readonly string[];
}

const read = (path: string): string => (existsSync(path) ? readFileSync(path, "utf8") : "");

/**
 * @param shell `sh` with this computer's tools, or `busybox` with BusyBox's alone, as Alpine has them.
 */
export async function runLogIn(
  steps: readonly Step[],
  variables: Readonly<Record<string, string>>,
  shell: "sh" | "busybox" = "sh",
): Promise<LogInRun> {
  const root = mkdtempSync(join(tmpdir(), "log-in-"));
  try {
    const [bin, work, config] = ["bin", "work", "config"].map((name) => join(root, name)) as [
      string,
      string,
      string,
    ];
    mkdirSync(bin);
    mkdirSync(work);
    writeFileSync(join(bin, "docker"), DOCKER);
    chmodSync(join(bin, "docker"), 0o755);
    if (shell === "busybox") linkApplets(bin);
    const calls = join(root, "calls");
    const environment = { ...process.env, PATH: `${bin}:${process.env.PATH ?? ""}`, CALLS: calls };
    const child = spawn(shell === "busybox" ? join(bin, "ash") : "sh", [], {
      cwd: work,
      env: { ...environment, CI_PROJECT_ID: "7", CI_JOB_ID: "42", DOCKER_CONFIG: config, ...variables },
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stderr.on("data", (chunk) => (stderr += chunk));
    // As runners do it; a step must not eat the rest of the script.
    child.stdin.end(`${text(steps)}\necho "reached the end"\n`);
    const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
    const names = existsSync(config) ? readdirSync(config, { recursive: true, withFileTypes: true }) : [];
    return {
      status,
      stdout,
      stderr,
      calls: read(calls).split("\n").filter(Boolean),
      password: existsSync(`${calls}.password`) ? read(`${calls}.password`) : undefined,
      visible: read(`${calls}.processes`) + read(`${calls}.environment`),
      files: Object.fromEntries(
        names
          .filter((entry) => entry.isFile())
          .map((entry) => [entry.name, read(join(entry.parentPath, entry.name))]),
      ),
      left: readdirSync(work),
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Command lines of all processes of this computer. */
export function commandLines(): string {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return "";
      }
    })
    .join("\n");
}

const APPLETS = "ash base64 cat grep mkdir paste printf rm sed tail timeout tr wget".split(" ");

function linkApplets(bin: string): void {
  const busybox = busyboxPath();
  if (busybox === undefined) throw new Error("no busybox");
  for (const applet of APPLETS) symlinkSync(busybox, join(bin, applet));
}

let found: { path: string | undefined } | undefined;

/** BusyBox as it is installed, or from Debian's package, unpacked under .lab; undefined where neither can be had. */
export function busyboxPath(): string | undefined {
  found ??= { path: locateBusybox() };
  return found.path;
}

function locateBusybox(): string | undefined {
  const cache = fileURLToPath(new URL("../../../.lab/cache/tools", import.meta.url));
  const unpacked = join(cache, "bin/busybox");
  const installed = (process.env.PATH ?? "").split(":").map((directory) => join(directory, "busybox"));
  const known = [...installed, unpacked].find((path) => existsSync(path));
  if (known !== undefined) return known;
  try {
    mkdirSync(cache, { recursive: true });
    execFileSync("apt-get", ["download", "busybox-static"], { cwd: cache, stdio: "ignore" });
    execFileSync("sh", ["-c", "dpkg -x busybox-static_*.deb . && rm busybox-static_*.deb"], { cwd: cache });
    return unpacked;
  } catch {
    return undefined;
  }
}
