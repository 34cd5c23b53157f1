import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { z } from "zod";
import { type Crypter, createCrypter, sealedObject, unsealedObject } from "./secrets.ts";
import type { WireObject } from "./wire.ts";

const wireObjectSchema = z.custom<WireObject>((value) => typeof value === "object" && value !== null);

const resourceSchema = z.object({
  urn: z.string(),
  type: z.string(),
  /** False for components and the stack, which nothing but the program stands behind. */
  custom: z.boolean(),
  id: z.string().optional(),
  /** Of one that was taken over: what the program named it by. */
  importId: z.string().optional(),
  parent: z.string().optional(),
  /** As the provider's check returned them. */
  inputs: wireObjectSchema,
  outputs: wireObjectSchema,
  dependencies: z.array(z.string()),
  propertyDependencies: z.record(z.string(), z.array(z.string())),
  /** `<urn>::<id>` of the provider resource that manages it; without one, the package's default provider does. */
  provider: z.string().optional(),
  additionalSecretOutputs: z.array(z.string()).optional(),
  protect: z.boolean().optional(),
  retainOnDelete: z.boolean().optional(),
  deletedWith: z.string().optional(),
  /** Read, not managed: never deleted. */
  external: z.boolean().optional(),
  /** Replaced already, and still to be deleted. */
  pendingDelete: z.boolean().optional(),
});

/** One resource as the state file keeps it. */
export type ResourceState = z.infer<typeof resourceSchema>;

const stateSchema = z.object({
  version: z.literal(1),
  project: z.string(),
  stack: z.string(),
  /** See {@link Crypter.salt}. */
  encryptionSalt: z.string(),
  resources: z.array(resourceSchema),
  /** What was under way when the file was written: after a crash, what may be half done. */
  pendingOperations: z.array(z.object({ urn: z.string(), op: z.string() })),
});

/**
 * The stack's resources, kept in a file that is replaced as a whole after every step: whenever the process ends, the
 * next run finds what had been done. Secrets are encrypted in it.
 */
export class StackState {
  readonly path: string;
  readonly interrupted: readonly { readonly urn: string; readonly op: string }[];
  readonly #identity: { readonly project: string; readonly stack: string };
  readonly #crypter: Crypter;
  readonly #pending = new Map<string, string>();
  /** Dependencies come before what depends on them. */
  #resources: ResourceState[];

  /**
   * Reads the state file, or starts an empty one.
   *
   * Throws when the file is malformed, belongs to another stack, or was encrypted with another passphrase.
   */
  constructor(
    path: string,
    identity: { project: string; stack: string },
    passphrase: string,
    crypter: Crypter,
  ) {
    this.path = path;
    this.#identity = identity;
    if (!existsSync(path)) {
      this.#crypter = crypter;
      this.#resources = [];
      this.interrupted = [];
      return;
    }
    const parsed = stateSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
    if (!parsed.success) {
      throw new Error(`${path}: not a state file of this engine: ${z.prettifyError(parsed.error)}`);
    }
    const { encryptionSalt, resources, pendingOperations, project, stack } = parsed.data;
    if (project !== identity.project || stack !== identity.stack) {
      throw new Error(`${path}: holds ${project}/${stack}, not ${identity.project}/${identity.stack}`);
    }
    const own = encryptionSalt === crypter.salt ? crypter : createCrypter(passphrase, encryptionSalt);
    this.#crypter = own;
    this.interrupted = pendingOperations;
    this.#resources = resources.map((resource) => ({
      ...resource,
      inputs: unsealedObject(resource.inputs, own),
      outputs: unsealedObject(resource.outputs, own),
    }));
  }

  get resources(): readonly ResourceState[] {
    return this.#resources;
  }

  /** The live resource of that name: not one that waits for its deletion. */
  find(urn: string): ResourceState | undefined {
    return this.#resources.find((resource) => resource.urn === urn && resource.pendingDelete !== true);
  }

  /**
   * Puts `next` in the place of `previous`, or adds it. It moves behind everything that this run has settled already
   * (`settled`), which holds what it depends on, and stays ahead of what is still to come.
   */
  put(next: ResourceState, previous: ResourceState | undefined, settled: ReadonlySet<ResourceState>): void {
    const others = this.#resources.filter((resource) => resource !== previous);
    const done = others.filter((resource) => settled.has(resource));
    const rest = others.filter((resource) => !settled.has(resource));
    this.#resources = [...done, next, ...rest];
  }

  /** Puts `next` exactly where `previous` was. */
  replace(previous: ResourceState, next: ResourceState): void {
    this.#resources = this.#resources.map((resource) => (resource === previous ? next : resource));
  }

  remove(resource: ResourceState): void {
    this.#resources = this.#resources.filter((other) => other !== resource);
  }

  /** Notes, durably, that an operation starts. */
  begin(urn: string, op: string): void {
    this.#pending.set(urn, op);
    this.save();
  }

  /** Notes that it ended, whether well or not; the next {@link save} writes it. */
  end(urn: string): void {
    this.#pending.delete(urn);
  }

  /** Writes the file: a new one beside it, then a rename, so that no reader ever sees half of one. */
  save(): void {
    const text = JSON.stringify(
      {
        version: 1,
        ...this.#identity,
        encryptionSalt: this.#crypter.salt,
        resources: this.#resources.map((resource) => ({
          ...resource,
          inputs: sealedObject(resource.inputs, this.#crypter),
          outputs: sealedObject(resource.outputs, this.#crypter),
        })),
        pendingOperations: [...this.#pending].map(([urn, op]) => ({ urn, op })),
      },
      undefined,
      2,
    );
    const temporary = `${this.path}.new`;
    const file = openSync(temporary, "w", 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, this.path);
  }
}
