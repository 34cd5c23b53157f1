/** Rules as Pulumi runs them. */
import type {
  PolicyConfigSchema,
  PolicyResource,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import { type Resource, type Rule, type RuleConfig, sentence } from "./rule.ts";
import { isUnknownValue } from "./unknown.ts";

function resourceOf({
  type,
  name,
  props,
  opts,
}: Pick<PolicyResource | ResourceValidationArgs, "type" | "name" | "props" | "opts">): Resource {
  return { type, name, props, secretOutputs: opts.additionalSecretOutputs };
}

/** The messages of every check that has the values it needs. */
export function messages(rule: Rule, resource: Resource, config: RuleConfig): string[] {
  return rule.checks.flatMap((check) => {
    try {
      return check(resource, config).map((finding) => sentence(resource, finding));
    } catch (error) {
      if (isUnknownValue(error)) return [];
      throw error;
    }
  });
}

const schemaOf = ({ config }: Rule): { configSchema?: PolicyConfigSchema } =>
  config === undefined
    ? {}
    : {
        configSchema: {
          properties: Object.fromEntries(
            Object.entries(config).map(([name, { default: byDefault, items, ...property }]) => [
              name,
              {
                ...property,
                ...(items === undefined ? {} : { items: { ...items } }),
                default: typeof byDefault === "object" ? [...byDefault] : byDefault,
              },
            ]),
          ),
        },
      };

/** @see https://www.pulumi.com/docs/reference/pkg/nodejs/pulumi/policy/ */
export function policyOf(rule: Rule): ResourceValidationPolicy | StackValidationPolicy {
  const common = {
    name: rule.name,
    description: rule.description,
    enforcementLevel: rule.level ?? "mandatory",
    ...(rule.url === undefined ? {} : { url: rule.url }),
    ...schemaOf(rule),
  };
  if (rule.of === "outputs")
    return {
      ...common,
      validateStack: ({ resources, getConfig }, report) => {
        for (const resource of resources)
          for (const message of messages(rule, resourceOf(resource), getConfig<RuleConfig>()))
            report(message, resource.urn);
      },
    };
  return {
    ...common,
    validateResource: (args, report) => {
      for (const message of messages(rule, resourceOf(args), args.getConfig<RuleConfig>())) report(message);
    },
  };
}
