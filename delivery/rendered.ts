/** What a stack generates: as the repository is now, and as it was at an earlier commit, each by its own code. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { UsageError } from "../command-line.ts";
import { compare, type Files } from "./compare.ts";
import { stackFile } from "./config.ts";
import type { FilesCompared } from "./record.ts";

/** Rendering lists there what it wrote. */
const MANIFEST = ".rendered";

/** Rendering needs no credential, and a base's code gets none. What npm needs to install is no secret of the stack's. */
const PASSED =
  /^(PATH|HOME|LANG|LC_.*|TMPDIR|TERM|npm_config_.*|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/i;

const passed = (environment: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => PASSED.test(name)));

export interface RenderedOptions {
  readonly stack: string;
  /** The repository's root. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface Tree {
  readonly files: Files;
  readonly projects: readonly string[];
  /** Whether there is such a stack. */
  readonly exists: boolean;
}

/**
 * Compares the generated files of the work tree with those of a commit.
 *
 * @param base a commit; one that a shallow clone lacks is fetched.
 * @throws {UsageError} where the work tree itself cannot be rendered.
 * @returns what differs, or why the base cannot be compared with.
 */
export async function compareRendered(
  options: RenderedOptions,
  base: string,
): Promise<FilesCompared | { problem: string }> {
  const after = await render(options, options.directory);
  let before: Tree;
  try {
    before = await renderBase(options, base);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { problem: `the files of ${base.slice(0, 12)} cannot be rendered: ${reason}` };
  }
  const { groups, unchanged } = compare(before.files, after.files, [...before.projects, ...after.projects]);
  const stack = !before.exists ? "new" : after.exists ? "changed" : "gone";
  return { base, stack, groups, unchanged };
}

async function render({ stack, environment }: RenderedOptions, directory: string): Promise<Tree> {
  const path = join(directory, stackFile(stack));
  if (!existsSync(path)) return { files: new Map(), projects: [], exists: false };
  const out = await mkdtemp(join(tmpdir(), "buildx-runners-rendered-"));
  try {
    await run(process.execPath, ["render/cli.ts", "--stack", stack, "--out", out], directory, environment);
    return { files: filesBelow(out), projects: projectsOf(readFileSync(path, "utf8")), exists: true };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

async function renderBase(options: RenderedOptions, base: string): Promise<Tree> {
  const { directory, environment } = options;
  const git = (...args: string[]) => run("git", args, directory, environment);
  const has = await git("cat-file", "-e", `${base}^{commit}`).then(
    () => true,
    () => false,
  );
  if (!has) await git("fetch", "--quiet", "--depth=1", "origin", base);
  const scratch = await mkdtemp(join(tmpdir(), "buildx-runners-base-"));
  const tree = join(scratch, "tree");
  try {
    await git("worktree", "add", "--quiet", "--detach", "--force", tree, base);
    await bringPackages(options, base, tree);
    return await render(options, tree);
  } finally {
    await git("worktree", "remove", "--force", tree).catch(() => undefined);
    await rm(scratch, { recursive: true, force: true });
    await git("worktree", "prune").catch(() => undefined);
  }
}

/** Packages are the work tree's where they are the same; local ones are part of them. */
async function bringPackages(
  { directory, environment }: RenderedOptions,
  base: string,
  tree: string,
): Promise<void> {
  const paths = ["package-lock.json", "sdks"];
  const same = await run("git", ["diff", "--quiet", base, "--", ...paths], directory, environment).then(
    () => true,
    () => false,
  );
  if (same) symlinkSync(join(directory, "node_modules"), join(tree, "node_modules"));
  else await run("npm", ["ci", "--omit=dev", "--ignore-scripts", "--no-audit"], tree, environment);
}

const execute = promisify(execFile);

/** @throws {UsageError} with the program's own words. */
async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  environment: RenderedOptions["environment"],
): Promise<void> {
  try {
    await execute(command, args, { cwd, env: passed(environment), maxBuffer: Number.POSITIVE_INFINITY });
  } catch (error) {
    const words = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    throw new UsageError(words === "" ? `${command} failed` : words, { cause: error });
  }
}

function filesBelow(directory: string): Files {
  const entries = readdirSync(directory, { withFileTypes: true, recursive: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name !== MANIFEST)
    .map((entry) => join(entry.parentPath, entry.name))
    // What is drawn follows from all else.
    .filter((file) => !relative(directory, file).startsWith("diagrams/"))
    .sort();
  return new Map(files.map((file) => [relative(directory, file), readFileSync(file, "utf8")]));
}

/** The target projects that a stack file names, even if the file has other mistakes. */
function projectsOf(text: string): string[] {
  const config: Record<string, unknown> | undefined = parse(text)?.config;
  const projects = config?.["buildx-runners:projects"];
  if (!Array.isArray(projects)) return [];
  return projects.map((project: { path?: unknown } | null) => String(project?.path ?? ""));
}
