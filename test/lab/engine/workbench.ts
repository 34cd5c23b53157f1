import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "vitest";
import { stringify } from "yaml";
import {
  createEngine,
  type Engine,
  EngineError,
  type EngineEvent,
  type EngineResult,
} from "../../../lab/engine/index.ts";
import type { FileSpec } from "./program/index.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Long enough, and unlike anything else, to be found wherever it leaks. */
export const secret = "correct-horse-battery-staple";

/** A file without its place: it goes into the workbench's `files`. */
export type FilePlan = Omit<FileSpec, "path"> & { readonly path?: string };

/** A temporary directory with a stack of the test's program, and the files that it writes. */
export class Workbench {
  readonly directory = mkdtempSync(join(tmpdir(), "buildx-runners-engine-"));
  readonly stateDirectory = join(this.directory, "state");
  readonly events: EngineEvent[] = [];
  onEvent: (event: EngineEvent) => void = () => undefined;
  readonly #filesDirectory = join(this.directory, "files");
  readonly configFile = join(this.directory, "Pulumi.test.yaml");
  readonly #kind: Engine["kind"];

  constructor(kind: Engine["kind"]) {
    this.#kind = kind;
    mkdirSync(this.#filesDirectory);
  }

  /** An engine whose program is to make these files. */
  async plan(
    files: readonly FilePlan[],
    settings: Record<string, unknown> = {},
    signal?: AbortSignal,
  ): Promise<Engine> {
    const specs = files.map((file) => ({
      ...file,
      path: join(this.#filesDirectory, file.path ?? file.name),
    }));
    const config = { "files:files": specs, ...settings };
    writeFileSync(this.configFile, stringify({ config }));
    return await createEngine({
      engine: this.#kind,
      projectDirectory: join(here, "program"),
      stack: "test",
      configFile: this.configFile,
      config: [{ key: "files:secret", value: secret, secret: true }],
      stateDirectory: this.stateDirectory,
      plugins: { files: join(here, "files-provider.ts") },
      onEvent: (event) => {
        this.events.push(event);
        this.onEvent(event);
      },
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** What is on disk: name to content. */
  get files(): Record<string, string> {
    const names = readdirSync(this.#filesDirectory).sort();
    return Object.fromEntries(
      names.map((name) => [name, readFileSync(join(this.#filesDirectory, name), "utf8")]),
    );
  }

  /** Changes a file behind the engine's back; `undefined` deletes it. */
  tamper(name: string, content: string | undefined): void {
    const path = join(this.#filesDirectory, name);
    if (content === undefined) {
      rmSync(path);
    } else {
      writeFileSync(path, content);
    }
  }

  /** Everything that the engine keeps, as one text. */
  get keptText(): string {
    return existsSync(this.stateDirectory) ? textBelow(this.stateDirectory) : "";
  }

  /** What either engine keeps of the stack's resources. */
  get keptResources(): string {
    const backend = join(this.stateDirectory, "backend/.pulumi/stacks/files/test.json");
    const path = existsSync(backend) ? backend : join(this.stateDirectory, "test.state.json");
    return readFileSync(path, "utf8");
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Vitest's `test`, whose tests have a `bench` of their own. */
export const benchTest = (kind: Engine["kind"]) =>
  test.extend<{ kind: Engine["kind"]; bench: Workbench }>({
    kind,
    bench: async ({ kind }, use) => {
      const bench = new Workbench(kind);
      await use(bench);
      bench.remove();
    },
  });

function textBelow(directory: string): string {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
    .join("\n");
}

/** No change at all, to add to. */
export const none = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };

/** The stack and the component are resources, too. */
export const frame = 2;

/** What was done to files: operation, name, changed properties. */
export function stepsOf(result: EngineResult): string[] {
  return result.steps
    .filter((step) => step.op !== "same" && step.type === "files:index:File")
    .map((step) => [step.op, step.urn.split("::").at(-1), ...step.diff].join(" "))
    .sort();
}

/** The error of a run that has to fail. */
export async function failureOf(run: Promise<EngineResult>): Promise<EngineError> {
  const error: unknown = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof EngineError)) {
    throw new Error(`expected an EngineError, got ${String(error)}`);
  }
  return error;
}
