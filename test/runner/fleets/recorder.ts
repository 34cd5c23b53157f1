/** The program with fleets on Google Cloud under Pulumi's mocks: every resource recorded, every unknown one refused. */
import type * as pulumi from "@pulumi/pulumi";
import { vi } from "vitest";
import { KINDS } from "../../../lab/providers/gcp/kinds.ts";

export interface Recorded {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

export interface Evaluation {
  readonly resources: readonly Recorded[];
  /** Values of the program's exports, resolved; undefined where a preview does not know them. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Type and name of every resource that the engine is told to protect from deletion. */
  readonly guarded: readonly string[];
}

/** Mocks are told nothing of options: the request to the engine says them. */
function watchGuards(monitor: ReturnType<typeof pulumi.runtime.getMonitor>): string[] {
  const guarded: string[] = [];
  if (!monitor) throw new Error("there is no monitor to watch");
  const register = monitor.registerResource.bind(monitor);
  const watched = (...call: Parameters<typeof register>): ReturnType<typeof register> => {
    const [request] = call;
    if (request.getProtect()) guarded.push(`${request.getType()} ${request.getName()}`);
    return register(...call);
  };
  Object.assign(monitor, { registerResource: watched });
  return guarded;
}

/** What GitLab gives for a runner's record; its name is in it, so that each is another one. */
export const tokenOf = (name: string): string => `glrt-secret-of-${name}`;

const COMPONENT = /^buildx-runners:/;

class Recorder implements pulumi.runtime.Mocks {
  readonly resources: Recorded[] = [];
  readonly #preview: boolean;

  constructor(preview: boolean) {
    this.#preview = preview;
  }

  newResource({ type, name, inputs }: pulumi.runtime.MockResourceArgs): pulumi.runtime.MockResourceResult {
    this.resources.push({ type, name, inputs });
    if (COMPONENT.test(type)) return { id: undefined, state: {} };
    const outputs = this.#outputs(type, name, inputs);
    // In a preview, the answers of the cloud and of GitLab are not known.
    if (this.#preview) return { id: undefined, state: inputs };
    return { id: String(outputs.id ?? `${name}-id`), state: { ...inputs, ...outputs } };
  }

  #outputs(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
    if (type === "gitlab:index/userRunner:UserRunner") return { token: tokenOf(name) };
    if (type === "gitlab:index/repositoryFile:RepositoryFile") return { commitId: "c0ffee" };
    const kind = KINDS[type];
    if (!kind) throw new Error(`unexpected resource ${type}`);
    const made = kind.autoName === undefined ? {} : { [kind.autoName]: name };
    // Of a secret only what stands for it is passed on.
    return {
      project: "acme-ci",
      ...made,
      ...inputs,
      ...kind.outputs(JSON.parse(JSON.stringify(inputs)), name),
    };
  }

  call({ token, inputs }: pulumi.runtime.MockCallArgs): Record<string, unknown> {
    if (token === "gitlab:index/getProject:getProject")
      return {
        id: "42",
        defaultBranch: "main",
        webUrl: `https://gitlab.example.com/${inputs.pathWithNamespace}`,
      };
    if (token === "gitlab:index/getGroup:getGroup") return { groupId: 7 };
    if (token === "gitlab:index/getRepositoryFile:getRepositoryFile")
      throw Object.assign(new Error("404"), { details: "GET …: 404 {message: 404 File Not Found}" });
    throw new Error(`unexpected call ${token}`);
  }
}

/** @param values the stack's configuration, keys without their namespace. */
export async function evaluate(
  values: Readonly<Record<string, unknown>>,
  { preview = false }: { readonly preview?: boolean } = {},
): Promise<Evaluation> {
  vi.resetModules();
  const sdk = await import("@pulumi/pulumi");
  const recorder = new Recorder(preview);
  await sdk.runtime.setMocks(recorder, "buildx-runners", "test", preview);
  const guarded = watchGuards(sdk.runtime.getMonitor());
  const config = Object.entries(values).map(
    ([key, value]) => [`buildx-runners:${key}`, JSON.stringify(value)] as const,
  );
  sdk.runtime.setAllConfig(
    Object.fromEntries([...config, ["gitlab:baseUrl", "https://gitlab.example.com/api/v4/"]]),
    config.map(([key]) => key),
  );
  const program: Readonly<Record<string, unknown>> = await import("../../../index.ts");
  // Registrations run on behind the program's last line.
  await sdk.runtime.disconnect();
  const outputs = await new Promise<Readonly<Record<string, unknown>>>((resolve) =>
    preview
      ? resolve({})
      : sdk.output({ ...program }).apply((known) => resolve(known as Record<string, unknown>)),
  );
  return { resources: recorder.resources, outputs, guarded };
}

/** The one resource of a type, or the one of them with this name. */
export function only({ resources }: Pick<Evaluation, "resources">, type: string, name?: string): Recorded {
  const found = resources.filter(
    (resource) => resource.type.endsWith(`:${type}`) && (name === undefined || resource.name === name),
  );
  const [first, ...others] = found;
  if (!first || others.length > 0)
    throw new Error(
      `expected one ${type} ${name ?? ""}, got ${found.map((one) => one.name).join(", ") || "none"}`,
    );
  return first;
}

/** How the engine's protocol marks a secret. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";

/** The value of a secret. @throws Error for a value that is not marked as one. */
export function unsealed(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !(SIGNATURE in value) || !("value" in value))
    throw new Error("this value is not marked as a secret");
  return value.value;
}
