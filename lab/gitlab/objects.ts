/** Reads a repository's objects through one `git cat-file` that stays for the next question. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Socket } from "node:net";

export interface GitObject {
  readonly id: string;
  readonly type: string;
  readonly content: Buffer;
}

export interface TreeEntry {
  readonly mode: string;
  readonly id: string;
}

/** Milliseconds after the last answer at which the process ends. */
const IDLE = 1000;

export class Objects {
  readonly #start: () => ChildProcessWithoutNullStreams;
  #process: ChildProcessWithoutNullStreams | undefined;
  #timer: NodeJS.Timeout | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(directory: string, environment: Readonly<Record<string, string>>) {
    this.#start = () =>
      spawn("git", [`--git-dir=${directory}`, "cat-file", "--batch"], {
        env: { ...process.env, ...environment },
      });
  }

  /** @param name as `git rev-parse` takes it. */
  read(name: string): Promise<GitObject | undefined> {
    const answer = this.#queue.then(() => (/[\0\n]/.test(name) ? undefined : this.#ask(name)));
    this.#queue = answer.catch(() => undefined);
    return answer;
  }

  /** A file's entry in the tree of a commit. */
  async entry(commit: string, file: string): Promise<TreeEntry | undefined> {
    let entry: TreeEntry | undefined;
    for (const segment of file.split("/")) {
      const tree = await this.read(entry?.id ?? `${commit}^{tree}`);
      entry = tree?.type === "tree" ? entryOf(tree.content, segment) : undefined;
      if (entry === undefined) return undefined;
    }
    return entry;
  }

  async #ask(name: string): Promise<GitObject | undefined> {
    clearTimeout(this.#timer);
    const child = this.#running();
    // Neither the process nor a pipe to it keeps the program alive but for an answer.
    (child.stdout as unknown as Socket).ref();
    try {
      return await answerTo(child, name);
    } finally {
      (child.stdout as unknown as Socket).unref();
      this.#timer = setTimeout(() => this.#end(child), IDLE).unref();
    }
  }

  #running(): ChildProcessWithoutNullStreams {
    if (this.#process !== undefined) return this.#process;
    const child = this.#start();
    child.unref();
    for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as unknown as Socket).unref();
    // What it says of a failure is told by the answer that does not come.
    child.stderr.resume();
    child.stdin.on("error", () => {});
    child.on("close", () => this.#end(child));
    this.#process = child;
    return child;
  }

  #end(child: ChildProcessWithoutNullStreams): void {
    if (this.#process === child) this.#process = undefined;
    child.stdin.end();
  }
}

function answerTo(child: ChildProcessWithoutNullStreams, name: string): Promise<GitObject | undefined> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const finish = (settle: () => void) => {
      child.stdout.off("data", take);
      child.off("close", fail);
      child.off("error", fail);
      settle();
    };
    const fail = () => finish(() => reject(new Error(`git cat-file ended before it told of ${name}`)));
    const take = (part: Buffer) => {
      received = Buffer.concat([received, part]);
      const end = received.indexOf("\n");
      if (end < 0) return;
      const header = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(received.toString("utf8", 0, end));
      // "… missing" or "… ambiguous".
      if (header === null) return finish(() => resolve(undefined));
      const [, id = "", type = "", size = ""] = header;
      const last = end + 1 + Number(size);
      if (received.length <= last) return;
      finish(() => resolve({ id, type, content: received.subarray(end + 1, last) }));
    };
    child.stdout.on("data", take);
    child.on("close", fail);
    child.on("error", fail);
    child.stdin.write(`${name}\n`);
  });
}

/** A tree is `mode SP name NUL` and twenty bytes, for each entry. */
function entryOf(tree: Buffer, name: string): TreeEntry | undefined {
  for (let at = 0; at < tree.length; ) {
    const end = tree.indexOf(0, at);
    const [mode = "", ...words] = tree.toString("utf8", at, end).split(" ");
    if (words.join(" ") === name) return { mode, id: tree.toString("hex", end + 1, end + 21) };
    at = end + 21;
  }
  return undefined;
}
