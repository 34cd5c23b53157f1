/** What a rule is: plain values in, findings out; Pulumi's part is in adapter.ts. */
import type { Kind, Kinds } from "./kinds.ts";

/** A resource as a rule sees it: inputs with secrets in plain text, as the engine hands them to policies. */
export interface Resource {
  /** Type token: `gcp:compute/firewall:Firewall`. */
  readonly type: string;
  /** Name in the program. */
  readonly name: string;
  readonly props: Readonly<Record<string, unknown>>;
  /** Outputs that the program declares secret. */
  readonly secretOutputs: readonly string[];
}

/** One thing that is wrong. {@link sentence} makes the message of it. */
export interface Finding {
  /** Path of the property: `networkInterfaces[0].accessConfigs`. */
  readonly where: string;
  readonly what: string;
  readonly remedy: string;
}

/** Settings of a rule, from the file of `--policy-pack-config`. */
export type RuleConfig = Readonly<Record<string, unknown>>;

/** The settings' description, in the words of JSON Schema that Pulumi takes. */
export interface ConfigProperty {
  readonly type: "boolean" | "array" | "string";
  readonly description: string;
  readonly default: boolean | string | readonly string[];
  readonly items?: { readonly type: "string" };
}

/** Looks at one resource; whatever does not concern it has no findings. */
export type Check = (resource: Resource, config: RuleConfig) => readonly Finding[];

export interface Rule {
  /** Kebab case, and the key by which people configure it. */
  readonly name: string;
  /** The rule as a sentence. */
  readonly description: string;
  /** `mandatory` unless it says otherwise. */
  readonly level?: "advisory" | "mandatory";
  /** `inputs` are looked at before a resource is made or changed, `outputs` when all are done. */
  readonly of: "inputs" | "outputs";
  /**
   * Each on its own: in a preview, a check of a value that is not known yet is left to `up`, which has it before
   * the resource is made.
   */
  readonly checks: readonly Check[];
  readonly config?: Readonly<Record<string, ConfigProperty>>;
  /** Page that the rule comes from. */
  readonly url?: string;
}

/**
 * A check of certain kinds of resources, with their own types.
 *
 * @example
 * on(["gcp:compute/address:Address"], ({ addressType }) => addressType === "INTERNAL" ? [] : [finding]);
 */
export function on<K extends Kind>(
  kinds: readonly K[],
  check: (props: Kinds[K], resource: Resource, config: RuleConfig) => readonly Finding[],
): Check {
  return (resource, config) =>
    (kinds as readonly string[]).includes(resource.type)
      ? check(resource.props as Kinds[K], resource, config)
      : [];
}

/** @example sentence(resource, finding); // "linux-firewall, sourceRanges[0]: 0.0.0.0/0 allows connections from every address. Name the ranges …" */
export const sentence = ({ name }: Pick<Resource, "name">, { where, what, remedy }: Finding): string =>
  `${name}, ${where}: ${what}. ${remedy}.`;

/** Findings of all checks of a rule. */
export const findings = (rule: Rule, resource: Resource, config: RuleConfig = {}): Finding[] =>
  rule.checks.flatMap((check) => check(resource, config));
