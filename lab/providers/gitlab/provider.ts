import type { provider } from "@pulumi/pulumi";
import type { z } from "zod";
import { containsUnknown, equal, isList, typeIn, type Wire, type WireObject } from "../wire.ts";
import { GitlabClient, GitlabError } from "./client.ts";
import { functions } from "./functions.ts";
import type { AnyKind } from "./kind.ts";
import { containerTagProtection } from "./resources/container-tag-protection.ts";
import { pipelineSchedule } from "./resources/pipeline-schedule.ts";
import { pipelineScheduleVariable } from "./resources/pipeline-schedule-variable.ts";
import { projectVariable } from "./resources/project-variable.ts";
import { repositoryFile } from "./resources/repository-file.ts";
import { tagProtection } from "./resources/tag-protection.ts";
import { userRunner } from "./resources/user-runner.ts";
import { type GitlabSettings, settingsFrom } from "./settings.ts";

const kinds: readonly AnyKind[] = [
  userRunner,
  repositoryFile,
  projectVariable,
  tagProtection,
  pipelineSchedule,
  pipelineScheduleVariable,
  containerTagProtection,
];

/**
 * The lab's provider of the package `gitlab`: what the published one (10.1.1) does, for the resources and functions
 * that this project uses, over GitLab's REST API.
 *
 * It takes plain values, see `serve`; a runner's token it returns as a secret.
 */
export class GitlabProvider implements provider.Provider {
  readonly version = "10.1.1";
  #client: GitlabClient;

  constructor(settings: GitlabSettings) {
    this.#client = new GitlabClient(settings);
  }

  configure(config: Readonly<Record<string, string>>): void {
    this.#client = new GitlabClient(settingsFrom(config));
  }

  async check(urn: string, _olds: WireObject, news: WireObject): Promise<provider.CheckResult> {
    const kind = kindOf(urn);
    const unknown = Object.keys(news).filter((name) => containsUnknown(news[name] ?? null));
    const parsed = kind.inputs.safeParse(news);
    const mistyped = (parsed.error?.issues ?? [])
      .flatMap((issue) => failuresOf(issue))
      .filter(({ property }) => !unknown.includes(property));
    const known = Object.fromEntries(Object.entries(news).filter(([name]) => !unknown.includes(name)));
    const broken =
      mistyped.length > 0 ? [] : kind.check(known).filter(({ property }) => !unknown.includes(property));
    return { inputs: news, failures: [...mistyped, ...broken] };
  }

  /** Compares what is wanted with what is recorded; an input that is not given keeps what GitLab has. */
  async diff(_id: string, urn: string, olds: WireObject, news: WireObject): Promise<provider.DiffResult> {
    const kind = kindOf(urn);
    const changed = kind.inputNames.filter((name) => {
      const wanted = news[name] ?? kind.defaults[name];
      return wanted !== undefined && !isSame(kind.unordered.includes(name), olds[name], wanted);
    });
    const replaces = changed.filter((name) => kind.replaceOn.includes(name));
    const deleteBeforeReplace = replaces.length > 0 && kind.deleteBeforeReplace(olds, news);
    return { changes: changed.length > 0, replaces, deleteBeforeReplace };
  }

  async create(urn: string, inputs: WireObject): Promise<provider.CreateResult> {
    const kind = kindOf(urn);
    const { id, once } = await kind.create(this.#client, inputs);
    return { id, outs: await this.#outputs(kind, id, { ...inputs, ...once }) };
  }

  async read(id: string, urn: string, props: WireObject = {}): Promise<provider.ReadResult> {
    const kind = kindOf(urn);
    const found = await kind.read(this.#client, id, props);
    if (found === undefined) return { id: "" };
    // Only what the program can set: an engine compares these with the inputs of the next run.
    const inputs = Object.fromEntries(
      Object.entries(found).filter(([name]) => kind.inputNames.includes(name)),
    );
    return { id, props: found, inputs };
  }

  async update(id: string, urn: string, olds: WireObject, news: WireObject): Promise<provider.UpdateResult> {
    const kind = kindOf(urn);
    await kind.update(this.#client, id, news, olds);
    const once = olds.token === undefined ? {} : { token: olds.token };
    return { outs: await this.#outputs(kind, id, { ...news, ...once }) };
  }

  async delete(id: string, urn: string, props: WireObject): Promise<void> {
    try {
      await kindOf(urn).remove(this.#client, id, props);
    } catch (error) {
      // Gone already: what was asked for.
      if (!(error instanceof GitlabError) || error.status !== 404) throw error;
    }
  }

  async invoke(token: string, args: WireObject): Promise<provider.InvokeResult> {
    const call = functions[token];
    if (call === undefined) {
      throw new GitlabError(
        `the lab's GitLab provider has no function ${token}; it has ${Object.keys(functions).join(", ")}`,
      );
    }
    return { outputs: await call(this.#client, args) };
  }

  /** Closes its connections. */
  async close(): Promise<void> {
    await this.#client.close();
  }

  async #outputs(kind: AnyKind, id: string, known: WireObject): Promise<WireObject> {
    const found = await kind.read(this.#client, id, known);
    if (found === undefined) throw new GitlabError(`${kind.type} ${id} was there a moment ago and is gone`);
    return found;
  }
}

function kindOf(urn: string): AnyKind {
  const type = typeIn(urn);
  const found = kinds.find((kind) => kind.type === type);
  if (found === undefined) {
    throw new GitlabError(
      `the lab's GitLab provider has no resource ${type}; it has ${kinds.map((kind) => kind.type).join(", ")}`,
    );
  }
  return found;
}

function failuresOf(issue: z.core.$ZodIssue): { property: string; reason: string }[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((property) => ({ property, reason: "is no property of this resource" }));
  }
  return [{ property: String(issue.path[0] ?? ""), reason: issue.message }];
}

function isSame(unordered: boolean, before: Wire | undefined, after: Wire): boolean {
  if (!unordered) return equal(before, after);
  return equal(sorted(before ?? []), sorted(after));
}

/** A list in an order that depends on its members alone. */
function sorted(value: Wire): Wire {
  if (!isList(value)) return value;
  return value.map((member) => JSON.stringify(member)).toSorted();
}
