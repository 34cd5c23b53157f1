/**
 * What a program would register, without an engine: it runs under Pulumi's mocks, which are told of every resource as
 * the engine would be. A process has one such runtime; in tests this belongs to a file of its own.
 */
import * as pulumi from "@pulumi/pulumi";
import { PLACEHOLDER } from "../config/secret.ts";

/** A resource as it was registered. */
export interface Recorded {
  /** Type token. */
  readonly type: string;
  /** Name in the program. */
  readonly name: string;
  /** A component is nothing but what it holds. */
  readonly custom: boolean;
  /** Component that holds it, as {@link keyOf} has it; none of what stands at the top of the program. */
  readonly parent?: string;
  /** What it waits for beside what its inputs name, as {@link keyOf} has them. */
  readonly dependsOn: readonly string[];
  /** Properties that its provider fills in. */
  readonly outputs: readonly string[];
  /** Properties of other resources are `${name.property}`, secrets are {@link Sealed}. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Tells resources of one program apart, as the engine does. */
export const keyOf = ({ type, name }: Pick<Recorded, "type" | "name">): string => `${type} ${name}`;

/** A secret among a resource's inputs. */
export class Sealed {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  toJSON(): string {
    return PLACEHOLDER;
  }
}

/** What providers would answer. */
export interface Answers {
  /** Outputs that must look like what they are, by type; all others are references to themselves. */
  readonly outputs?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The result of a look-up; undefined if it has none. */
  readonly call?: (args: pulumi.runtime.MockCallArgs) => Record<string, unknown> | undefined;
}

export interface Recording {
  readonly project: string;
  readonly stack: string;
  /** Keys in full, values as the engine hands them over: text or JSON. */
  readonly config?: Readonly<Record<string, string>>;
  /** Those of the keys that the engine decrypted. */
  readonly secretKeys?: readonly string[];
  readonly answers?: Answers;
}

/** Marks a secret on the wire. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Secrets out of their envelopes, in a form that readers can tell from other values. */
function sealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sealed);
  if (typeof value !== "object" || value === null) return value;
  const entries = value as Readonly<Record<string, unknown>>;
  if (entries[SIGNATURE] === SECRET) return new Sealed(entries.value);
  return Object.fromEntries(Object.entries(entries).map(([key, inner]) => [key, sealed(inner)]));
}

/** Properties that the program left for the provider to fill in: of each the name, as a reference to it. */
const references = (name: string, props: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(props)
      .filter(([, value]) => value === undefined)
      .map(([property]) => [property, `\${${name}.${property}}`]),
  );

/** What the program alone knows of a resource: nothing of it is sent to mocks. */
interface Written {
  readonly references: Record<string, string>;
  readonly place: Pick<Recorded, "parent" | "dependsOn">;
}

class Recorder implements pulumi.runtime.Mocks {
  readonly #resources = new Map<string, Omit<Recorded, "parent" | "dependsOn" | "outputs">>();
  /** In the order of the program's lines; how soon each is sent depends on what it waits for. */
  readonly #written = new Map<string, Written>();
  readonly #keys = new Map<pulumi.Resource, string>();
  readonly #answers: Answers;

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  /** Sees arguments before they are sent, when those that are not set still have names. */
  readonly expect: pulumi.ResourceTransformation = ({ resource, type, name, props, opts }) => {
    const key = keyOf({ type, name });
    this.#keys.set(resource, key);
    this.#written.set(key, { references: references(name, props), place: this.#placeOf(opts) });
    return undefined;
  };

  /** Resources only: the program has none that is known later than the resource that waits for it. */
  #placeOf({ parent, dependsOn }: pulumi.ResourceOptions): Written["place"] {
    const keys = (resources: readonly unknown[]) =>
      resources
        .filter((resource) => pulumi.Resource.isInstance(resource))
        .flatMap((resource) => this.#keys.get(resource) ?? []);
    const [holder] = keys([parent]);
    return {
      ...(holder === undefined ? {} : { parent: holder }),
      dependsOn: keys(Array.isArray(dependsOn) ? dependsOn : [dependsOn]),
    };
  }

  newResource(args: pulumi.runtime.MockResourceArgs): pulumi.runtime.MockResourceResult {
    const { type, name, custom = false } = args;
    const inputs = args.inputs as Record<string, unknown>;
    const key = keyOf({ type, name });
    this.#resources.set(key, { type, name, custom, inputs: sealed(inputs) as Recorded["inputs"] });
    if (!custom) return { id: undefined, state: {} };
    const outputs = { ...this.#written.get(key)?.references, ...this.#answers.outputs?.[type] };
    return { id: `\${${name}.id}`, state: { ...outputs, ...inputs } };
  }

  get resources(): Recorded[] {
    return [...this.#written].flatMap(([key, { place, references: left }]) => {
      const resource = this.#resources.get(key);
      return resource ? [{ ...resource, ...place, outputs: ["id", ...Object.keys(left)] }] : [];
    });
  }

  call(args: pulumi.runtime.MockCallArgs): Record<string, unknown> {
    const answer = this.#answers.call?.(args);
    if (answer) return answer;
    const message = `the program calls ${args.token}: rendering a stack allows no look-ups`;
    // The SDK shows an error's details and nothing else of it.
    throw Object.assign(new Error(message), { details: message });
  }
}

/**
 * Runs a program as the engine would, and notes what it registers.
 *
 * @param program creates resources, and ends when all are created.
 * @returns in the order in which the program makes them.
 * @throws whatever the program throws.
 * @example
 * const resources = await record({ project: "buildx-runners", stack: "dev" }, async () => {
 *   new gitlab.Branch("main", { project: "acme/shop", ref: "HEAD" });
 * });
 */
export async function record(
  { project, stack, config = {}, secretKeys = [], answers = {} }: Recording,
  program: () => Promise<unknown>,
): Promise<Recorded[]> {
  const recorder = new Recorder(answers);
  await pulumi.runtime.setMocks(recorder, project, stack, false);
  pulumi.runtime.setAllConfig({ ...config }, [...secretKeys]);
  const failures: unknown[] = [];
  await pulumi.runtime.runInPulumiStack(async () => {
    pulumi.runtime.registerStackTransformation(recorder.expect);
    // The stack would leave it to a handler of its own that ends the process.
    await program().catch((error: unknown) => failures.push(error));
  });
  // Registrations run on behind the program's last line.
  await pulumi.runtime.disconnect();
  if (failures.length > 0) throw failures[0];
  return recorder.resources;
}
