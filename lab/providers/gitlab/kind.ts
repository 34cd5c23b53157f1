import { z } from "zod";
import type { WireObject } from "../wire.ts";
import type { GitlabClient } from "./client.ts";

/** What one type of resource is, and how it is made, changed, looked at and removed. */
export interface Kind<Schema extends z.ZodObject> {
  /** Type token: `gitlab:index/userRunner:UserRunner`. */
  readonly type: string;
  readonly inputs: Schema;
  /** Inputs whose change makes another resource. */
  readonly replaceOn: readonly (keyof z.output<Schema> & string)[];
  /** Inputs in whose lists the order means nothing. */
  readonly unordered?: readonly (keyof z.output<Schema> & string)[];
  /** What an input that is not given means; others then keep what GitLab has. */
  readonly defaults?: Partial<z.output<Schema>>;
  /** Whether the old one must go before the new one can be, since both would have the same id. */
  readonly deleteBeforeReplace?: (olds: WireObject, news: WireObject) => boolean;
  /** Rules beyond the types; each result is a property and what is wrong with it. */
  readonly check?: (inputs: Partial<z.output<Schema>>) => readonly Failure[];
  /** @returns the provider's id of the new resource, and what only its creation tells. */
  readonly create: (client: GitlabClient, inputs: z.output<Schema>) => Promise<Created>;
  /** @returns the outputs; undefined where the resource is gone. `known` is the recorded state. */
  readonly read: (client: GitlabClient, id: string, known: WireObject) => Promise<WireObject | undefined>;
  /** Left out where every input replaces. */
  readonly update?: (
    client: GitlabClient,
    id: string,
    inputs: z.output<Schema>,
    olds: WireObject,
  ) => Promise<void>;
  readonly remove: (client: GitlabClient, id: string, known: WireObject) => Promise<void>;
}

export interface Failure {
  readonly property: string;
  readonly reason: string;
}

export interface Created {
  readonly id: string;
  /** Outputs that cannot be read later: a token. */
  readonly once?: WireObject;
}

/** Keeps a kind's types to itself, so that kinds of different inputs fit into one table. */
export interface AnyKind {
  readonly type: string;
  readonly inputNames: readonly string[];
  readonly replaceOn: readonly string[];
  readonly unordered: readonly string[];
  readonly defaults: WireObject;
  readonly deleteBeforeReplace: (olds: WireObject, news: WireObject) => boolean;
  readonly inputs: z.ZodObject;
  readonly check: (inputs: WireObject) => readonly Failure[];
  readonly create: (client: GitlabClient, inputs: WireObject) => Promise<Created>;
  readonly read: (client: GitlabClient, id: string, known: WireObject) => Promise<WireObject | undefined>;
  readonly update: (client: GitlabClient, id: string, inputs: WireObject, olds: WireObject) => Promise<void>;
  readonly remove: (client: GitlabClient, id: string, known: WireObject) => Promise<void>;
}

export function kind<Schema extends z.ZodObject>(definition: Kind<Schema>): AnyKind {
  const { inputs, check, create, update } = definition;
  return {
    type: definition.type,
    inputNames: Object.keys(inputs.shape),
    replaceOn: definition.replaceOn,
    unordered: definition.unordered ?? [],
    defaults: z.record(z.string(), wire).parse(definition.defaults ?? {}),
    deleteBeforeReplace: definition.deleteBeforeReplace ?? (() => false),
    inputs,
    // Called with what is known so far: a preview may leave any property out.
    check: (given) => check?.(given as Partial<z.output<Schema>>) ?? [],
    create: (client, given) => create(client, inputs.parse(given)),
    read: definition.read,
    update: async (client, id, given, olds) => update?.(client, id, inputs.parse(given), olds),
    remove: definition.remove,
  };
}

const wire: z.ZodType<WireObject[string]> = z.json();

/** `project:key:scope` into its parts; the last keeps what colons it has. @throws Error for too few. */
export function idParts(id: string, form: string): string[] {
  const count = form.split(":").length;
  const parts = id.split(":");
  if (parts.length < count) throw new Error(`"${id}" is no id here: expected ${form}`);
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(":")];
}

/** A copy without what is undefined: GitLab tells an absent parameter from an empty one. */
export function defined(parameters: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));
}
