import { type ChildProcessByStdio, spawn } from "node:child_process";
import { extname } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { nodePath } from "./node.ts";

const startTimeout = 30_000;
const stopTimeout = 3_000;

/** A plugin reads nothing, and prints its port before anything else. */
export type PluginProcess = ChildProcessByStdio<null, Readable, Readable>;

export interface PluginProcessOptions {
  readonly package: string;
  /** The program that serves the package. */
  readonly path: string;
  /** Where the plugin reports what it has to say. */
  readonly engineAddress: string;
  readonly environment: NodeJS.ProcessEnv;
  /** What the plugin prints outside the protocol. */
  readonly onOutput: (line: string) => void;
}

/** Starts a plugin's program; `port` rejects, with what it printed, when it does not come up. */
export function startPluginProcess(options: PluginProcessOptions): {
  child: PluginProcess;
  port: Promise<string>;
} {
  const [command, ...leading] = commandOf(options.path);
  const child = spawn(command, [...leading, options.engineAddress], {
    env: options.environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { child, port: firstLine(child, options) };
}

/** How to run a program: scripts by this very Node, whatever is on PATH. */
export function commandOf(path: string): [string, ...string[]] {
  return [".ts", ".js", ".mjs"].includes(extname(path)) ? [nodePath(), path] : [path];
}

/** The port, which is the first thing a plugin prints. One that ends instead has told why. */
function firstLine(child: PluginProcess, options: PluginProcessOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    const failed = (reason: string) => {
      const subject = `the plugin of package "${options.package}" (${options.path}) ${reason}`;
      reject(new Error([subject, ...said].join("\n")));
    };
    const timer = setTimeout(() => failed(`did not answer within ${startTimeout / 1000} s`), startTimeout);
    const take = (line: string, isPort: boolean) => {
      if (isPort) {
        clearTimeout(timer);
        resolve(line.trim());
      } else {
        said.push(line);
        options.onOutput(line);
      }
    };
    let isStarted = false;
    createInterface({ input: child.stdout }).on("line", (line) => {
      take(line, !isStarted);
      isStarted = true;
    });
    createInterface({ input: child.stderr }).on("line", (line) => take(line, false));
    child.once("error", (error) => failed(`cannot be run: ${error.message}`));
    child.once("close", (code) => {
      clearTimeout(timer);
      failed(`ended at once, with exit code ${code ?? "none (by a signal)"}`);
    });
  });
}

/** Ends the process, by force when it does not go by itself. */
export async function ended(child: PluginProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeout);
  await exited;
  clearTimeout(timer);
}
