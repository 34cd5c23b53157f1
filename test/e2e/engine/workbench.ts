/** A repository with a stack of a program that writes files, for the real engine. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import { type Pulumi, pulumiEnvironment } from "../../../lab/engine/index.ts";
import { openStack, type PulumiOptions } from "../../../stack/pulumi.ts";
import type { FileSpec } from "./program/index.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A file without its place: it goes into the workbench's `files`. */
export type FilePlan = Omit<FileSpec, "path"> & { readonly path?: string };

export const passphrase = "correct horse";
/** Unlike anything else, to be found wherever it leaks. */
export const secret = "battery-staple-4711";

/** A stack `test` with its own backend, and the files that its program writes. */
export class PulumiBench {
  readonly directory = mkdtempSync(join(tmpdir(), "buildx-runners-pulumi-"));
  readonly repository = join(this.directory, "repository");
  readonly environment: Record<string, string>;
  readonly lines: string[] = [];
  readonly #pulumi: Pulumi;
  readonly #files = join(this.directory, "files");

  constructor(pulumi: Pulumi) {
    this.#pulumi = pulumi;
    for (const name of ["backend", "home", "plugins", "files", "repository"])
      mkdirSync(join(this.directory, name));
    cpSync(here("program"), this.repository, { recursive: true });
    symlinkSync(here("../../../node_modules"), join(this.repository, "node_modules"));
    writeFileSync(join(this.repository, "package.json"), '{ "type": "module", "main": "index.ts" }\n');
    this.#writePlugin();
    this.environment = {
      ...pulumiEnvironment(pulumi),
      PATH: [join(this.directory, "plugins"), pulumi.directory, process.env.PATH].join(delimiter),
      PULUMI_HOME: join(this.directory, "home"),
      PULUMI_BACKEND_URL: `file://${join(this.directory, "backend")}`,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
    };
    this.#command(["stack", "init"]);
    this.setSecret(secret);
    rmSync(this.selection, { recursive: true, force: true });
  }

  /** Where `pulumi` remembers which stack is selected. */
  get selection(): string {
    return join(this.directory, "home", "workspaces");
  }

  #writePlugin(): void {
    const path = join(this.directory, "plugins", "pulumi-resource-files");
    const words = [process.execPath, here("files-provider.ts")].map((word) => `'${word}'`);
    writeFileSync(path, `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`);
    chmodSync(path, 0o700);
  }

  #command(args: readonly string[], input = ""): void {
    execFileSync("pulumi", [...args, "--stack", "test", "--non-interactive"], {
      cwd: this.repository,
      env: {
        ...process.env,
        ...this.environment,
        PATH: [dirname(process.execPath), this.environment.PATH].join(delimiter),
      },
      input,
      stdio: "pipe",
    });
  }

  setSecret(value: string): void {
    this.#command(["config", "set", "--secret", "files:secret"], value);
  }

  /** Writes what the program shall make into the stack's file. */
  plan(files: readonly FilePlan[]): void {
    const path = join(this.repository, "Pulumi.test.yaml");
    const file: { config: object } = parse(readFileSync(path, "utf8"));
    const specs = files.map((one) => ({ ...one, path: join(this.#files, one.path ?? one.name) }));
    writeFileSync(path, stringify({ ...file, config: { ...file.config, "files:files": specs } }));
  }

  open(environment: Readonly<Record<string, string>> = {}, more: Partial<PulumiOptions> = {}) {
    return openStack({
      stack: "test",
      directory: this.repository,
      environment: { ...this.environment, ...environment },
      ...(this.#pulumi.root === undefined ? {} : { root: this.#pulumi.root }),
      onOutput: (line) => this.lines.push(line),
      ...more,
    });
  }

  /** What is on disk: name to content. */
  get files(): Record<string, string> {
    return Object.fromEntries(
      readdirSync(this.#files).map((name) => [name, readFileSync(join(this.#files, name), "utf8")]),
    );
  }

  /** Changes a file behind the engine's back. */
  tamper(name: string, content: string): void {
    writeFileSync(join(this.#files, name), content);
  }

  /** Every file below a directory of the bench, as one text. */
  textBelow(...path: string[]): string {
    return readdirSync(join(this.directory, ...path), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
      .map((entry) => `${entry.name}\n${readFileSync(join(entry.parentPath, entry.name), "utf8")}`)
      .sort()
      .join("\n");
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
