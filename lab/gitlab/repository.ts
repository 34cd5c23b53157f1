import { appendFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { Objects } from "./objects.ts";

export interface Identity {
  readonly name: string;
  readonly email: string;
}

export interface Commit {
  readonly sha: string;
  readonly parents: readonly string[];
  readonly author: Identity;
  readonly message: string;
}

export interface RepositoryFile {
  readonly blobId: string;
  readonly executable: boolean;
  readonly content: Buffer;
}

/** A file's new content; `undefined` removes it. */
export interface FileChange {
  readonly path: string;
  readonly content: Buffer | undefined;
  readonly executable?: boolean;
}

export interface NewCommit {
  readonly branch: string;
  /** Commit to build on; undefined for the first of all. */
  readonly parent: string | undefined;
  readonly changes: readonly FileChange[];
  readonly message: string;
  readonly author: Identity;
}

/** What must not leak in from this computer's own Git configuration, or from a Git hook that runs the tests. */
export const gitEnvironment: Readonly<Record<string, string>> = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C",
};

/** A bare repository on disk; every method is one or a few Git commands. */
export class Repository {
  readonly directory: string;
  readonly #objects: Objects;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(directory: string) {
    this.directory = directory;
    this.#objects = new Objects(directory, gitEnvironment);
  }

  static async create(directory: string, defaultBranch: string): Promise<Repository> {
    await mkdir(directory, { recursive: true });
    const repository = new Repository(directory);
    await repository.#git(["init", "--quiet", "--bare", `--initial-branch=${defaultBranch}`, directory]);
    await appendFile(path.join(directory, "config"), "[http]\n\treceivepack = true\n");
    return repository;
  }

  /** The commit that a branch, tag or commit name stands for. */
  async resolve(ref: string): Promise<string | undefined> {
    const names = [`refs/heads/${ref}`, `refs/tags/${ref}`, ...(/^[0-9a-f]{7,40}$/.test(ref) ? [ref] : [])];
    for (const name of names) {
      const commit = await this.#objects.read(`${name}^{commit}`);
      if (commit !== undefined) return commit.id;
    }
    return undefined;
  }

  /** The tip of a branch. */
  async branch(name: string): Promise<string | undefined> {
    return (await this.#objects.read(`refs/heads/${name}^{commit}`))?.id;
  }

  /** Short names of branches or tags with their commits. */
  async refs(kind: "heads" | "tags"): Promise<ReadonlyMap<string, string>> {
    const format = "%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end) %(refname:strip=2)";
    const { stdout } = await this.#git(["for-each-ref", `--format=${format}`, `refs/${kind}`]);
    const lines = text(stdout).split("\n").filter(Boolean);
    return new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]));
  }

  async file(commit: string, file: string): Promise<RepositoryFile | undefined> {
    const entry = await this.#objects.entry(commit, file);
    const blob = entry && (await this.#objects.read(entry.id));
    if (entry === undefined || blob?.type !== "blob") return undefined;
    return { blobId: entry.id, executable: entry.mode === "100755", content: blob.content };
  }

  /** Latest commit that changed a file. */
  async lastCommit(commit: string, file: string): Promise<string> {
    const { stdout } = await this.#git([
      ...["--literal-pathspecs", "log", "-1", "--format=%H", commit, "--", file],
    ]);
    return text(stdout).trim();
  }

  /** Newest first. */
  async commits(start: string, limit = 100): Promise<Commit[]> {
    const format = "%H%x00%P%x00%an%x00%ae%x00%B%x00";
    const { stdout } = await this.#git([
      "log",
      "-z",
      "--date-order",
      `-${limit}`,
      `--format=${format}`,
      start,
    ]);
    const fields = text(stdout).split("\0");
    const commits: Commit[] = [];
    // Five fields, then the empty one that -z puts between commits.
    for (let at = 0; at + 4 < fields.length; at += 6) {
      const [sha = "", parents = "", name = "", email = "", message = ""] = fields.slice(at, at + 5);
      commits.push({
        sha,
        parents: parents.split(" ").filter(Boolean),
        author: { name, email },
        message,
      });
    }
    return commits;
  }

  /** Points a branch at a commit, or removes it. */
  async setBranch(branch: string, commit: string | undefined): Promise<void> {
    const ref = `refs/heads/${branch}`;
    await this.#git(commit === undefined ? ["update-ref", "-d", ref] : ["update-ref", ref, commit]);
  }

  async setTag(tag: string, commit: string): Promise<void> {
    await this.#git(["update-ref", `refs/tags/${tag}`, commit]);
  }

  /** Brings refs from another repository on this computer. */
  async fetch(directory: string, refspecs: readonly string[]): Promise<void> {
    await this.#git(["fetch", "--quiet", "--no-tags", directory, ...refspecs]);
  }

  /** Where two lines of history parted; undefined when they have nothing in common. */
  async mergeBase(one: string, other: string): Promise<string | undefined> {
    const { exitCode, stdout } = await this.#git(["merge-base", one, other], { reject: false });
    return exitCode === 0 ? text(stdout).trim() : undefined;
  }

  /** The tree of a merge; undefined for a conflict. */
  async mergeTree(ours: string, theirs: string): Promise<string | undefined> {
    const { exitCode, stdout } = await this.#git(["merge-tree", "--write-tree", ours, theirs], {
      reject: false,
    });
    return exitCode === 0 ? text(stdout).trim() : undefined;
  }

  async treeOf(commit: string): Promise<string> {
    const tree = await this.#objects.read(`${commit}^{tree}`);
    if (tree === undefined) throw new Error(`${this.directory} has no commit ${commit}`);
    return tree.id;
  }

  /** Commits of one line of history that another has not got, newest first. */
  commitsBetween(base: string, head: string): Promise<Commit[]> {
    return this.commits(`${base}..${head}`, 1000);
  }

  /** Runs `work` when all that was asked for earlier is done: two commits at once must not lose one. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Commits on a branch and returns the commit's name. */
  async commit({ branch, parent, changes, message, author }: NewCommit): Promise<string> {
    const by = `${plain(author.name)} <${plain(author.email)}> now`;
    const parts = [
      ...[`commit refs/heads/${branch}\nmark :1\nauthor ${by}\ncommitter ${by}\n`, data(message)],
      ...(parent === undefined ? [] : [`from ${parent}\n`]),
      ...changes.flatMap(({ path, content, executable }) =>
        content === undefined
          ? [`D ${quoted(path)}\n`]
          : [`M ${executable === true ? "100755" : "100644"} inline ${quoted(path)}\n`, data(content)],
      ),
      "get-mark :1\n",
    ];
    const input = Buffer.concat(parts.map((part) => Buffer.from(part)));
    const argv = ["fast-import", "--quiet", "--force", "--date-format=now"];
    return text((await this.#git(argv, { input })).stdout).trim();
  }

  /** Makes a commit that no branch points at. */
  async commitTree(commit: {
    readonly tree: string;
    readonly parents: readonly string[];
    readonly message: string;
    readonly author: Identity;
    readonly committer: Identity;
  }): Promise<string> {
    const { tree, parents, message, author, committer } = commit;
    const { stdout } = await this.#git(
      ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent])],
      {
        input: message,
        environment: {
          GIT_AUTHOR_NAME: author.name,
          GIT_AUTHOR_EMAIL: author.email,
          GIT_COMMITTER_NAME: committer.name,
          GIT_COMMITTER_EMAIL: committer.email,
        },
      },
    );
    return text(stdout).trim();
  }

  #git(
    argv: readonly string[],
    options: {
      input?: string | Buffer;
      environment?: Readonly<Record<string, string>>;
      reject?: boolean;
    } = {},
  ) {
    return execa("git", [`--git-dir=${this.directory}`, ...argv], {
      encoding: "buffer",
      stripFinalNewline: false,
      reject: options.reject ?? true,
      env: { ...gitEnvironment, ...options.environment },
      input: options.input ?? "",
    });
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}

/** Of a person's name: what Git leaves out of it. */
const plain = (name: string): string => name.replaceAll(/[<>\0\n]/g, "").trim();

const quoted = (file: string): string => `"${file.replaceAll(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;

/** As `git fast-import` takes content. */
function data(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from("\n")]);
}
