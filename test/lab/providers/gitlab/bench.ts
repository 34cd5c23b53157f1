import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Gitlab, startGitlab } from "../../../../lab/gitlab/index.ts";
import { GitlabProvider } from "../../../../lab/providers/gitlab/provider.ts";
import type { WireObject } from "../../../../lab/providers/wire.ts";

/** What an engine remembers of a resource. */
export interface Recorded {
  readonly id: string;
  readonly outputs: WireObject;
}

/** A provider before a stand-in on loopback, used as an engine would use it. */
export class Bench {
  readonly gitlab: Gitlab;
  readonly #directory: string;
  readonly #providers: GitlabProvider[] = [];

  private constructor(gitlab: Gitlab, directory: string) {
    this.gitlab = gitlab;
    this.#directory = directory;
  }

  static async start(): Promise<Bench> {
    const directory = await mkdtemp(path.join(tmpdir(), "gitlab-provider-"));
    const gitlab = await startGitlab({
      address: "127.0.0.1",
      port: 0,
      directory: path.join(directory, "data"),
    });
    await gitlab.createProject("acme/shop", { "README.md": "# Shop\n" });
    return new Bench(gitlab, directory);
  }

  provider(token: string = this.gitlab.adminToken): GitlabProvider {
    const made = new GitlabProvider({ baseUrl: this.gitlab.apiUrl, token });
    this.#providers.push(made);
    return made;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#providers.map((provider) => provider.close()));
    await this.gitlab.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** One resource type's life, in the steps of an engine. */
export class Life {
  readonly #provider: GitlabProvider;
  readonly #urn: string;

  /** @param name type and name within the package: `userRunner:UserRunner`. */
  constructor(provider: GitlabProvider, name: string) {
    this.#provider = provider;
    this.#urn = `urn:pulumi:lab::test::gitlab:index/${name}::subject`;
  }

  async check(inputs: WireObject): Promise<readonly string[]> {
    const { failures = [] } = await this.#provider.check(this.#urn, {}, inputs);
    return failures.map(({ property, reason }) => `${property}: ${reason}`);
  }

  async create(inputs: WireObject): Promise<Recorded> {
    const failures = await this.check(inputs);
    if (failures.length > 0) throw new Error(failures.join("; "));
    const { id, outs } = await this.#provider.create(this.#urn, inputs);
    return { id, outputs: outs };
  }

  /** What a run with these inputs would do: names of properties that replace, `update`, or `same`. */
  async plan(recorded: Recorded, inputs: WireObject): Promise<string> {
    const diff = await this.#provider.diff(recorded.id, this.#urn, recorded.outputs, inputs);
    if (diff.changes !== true) return "same";
    const order = diff.deleteBeforeReplace === true ? " (delete first)" : "";
    return diff.replaces?.length === 0 ? "update" : `replace for ${diff.replaces?.join(", ")}${order}`;
  }

  async update(recorded: Recorded, inputs: WireObject): Promise<Recorded> {
    const { outs } = await this.#provider.update(recorded.id, this.#urn, recorded.outputs, inputs);
    return { id: recorded.id, outputs: outs };
  }

  /** What is there now; undefined where it is gone. */
  async refresh(recorded: Recorded): Promise<Recorded | undefined> {
    const { id, props } = await this.#provider.read(recorded.id, this.#urn, recorded.outputs);
    return id === undefined || id === "" ? undefined : { id, outputs: props };
  }

  delete(recorded: Recorded): Promise<void> {
    return this.#provider.delete(recorded.id, this.#urn, recorded.outputs);
  }
}
