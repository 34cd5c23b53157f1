import type { Goal } from "./goal.ts";
import type { Plugin } from "./plugin.ts";
import { isProviderType, type PluginHost, packageOf } from "./plugins.ts";
import type { Redactor } from "./redact.ts";
import type { Report } from "./report.ts";
import type { ResourceState, StackState } from "./state.ts";
import { asSecret, objectWithSecretsOf, type Wire, type WireObject } from "./wire.ts";

/** What every step of a run works with. */
export interface DeploymentContext {
  readonly state: StackState;
  readonly plugins: PluginHost;
  readonly report: Report;
  readonly redactor: Redactor;
  /** Decide and tell, but change nothing. */
  readonly preview: boolean;
}

/** The plugin behind a resource; provider resources have none: they are what starts one. */
export async function pluginFor(
  context: Pick<DeploymentContext, "plugins" | "state">,
  resource: { readonly type: string; readonly provider?: string | undefined },
): Promise<Plugin | undefined> {
  if (isProviderType(resource.type)) {
    return undefined;
  }
  const name = packageOf(resource.type);
  if (resource.provider === undefined) {
    return await context.plugins.default(name);
  }
  const urn = resource.provider.split("::").slice(0, -1).join("::");
  return await context.plugins.explicit(name, resource.provider, context.state.find(urn)?.inputs ?? {});
}

/** The name that a resource has in the program. */
export function identityOf(resource: { readonly urn: string; readonly type: string }) {
  return { urn: resource.urn, type: resource.type, name: resource.urn.split("::").slice(3).join("::") };
}

/** What is recorded of a resource that now is as its goal says. */
export function stateOf(goal: Goal, id: string, inputs: WireObject, outputs: WireObject): ResourceState {
  return {
    urn: goal.urn,
    type: goal.type,
    custom: goal.custom,
    ...(id === "" ? {} : { id }),
    ...(goal.importId === undefined ? {} : { importId: goal.importId }),
    ...(goal.parent === undefined ? {} : { parent: goal.parent }),
    inputs,
    outputs: withSecretOutputs(outputs, inputs, goal.additionalSecretOutputs),
    dependencies: [...goal.dependencies],
    propertyDependencies: Object.fromEntries(
      Object.entries(goal.propertyDependencies).map(([name, urns]) => [name, [...urns]]),
    ),
    ...(goal.provider === undefined ? {} : { provider: goal.provider }),
    ...(goal.additionalSecretOutputs.length === 0
      ? {}
      : { additionalSecretOutputs: [...goal.additionalSecretOutputs] }),
    ...(goal.protect ? { protect: true } : {}),
    ...(goal.retainOnDelete ? { retainOnDelete: true } : {}),
    ...(goal.deletedWith === undefined ? {} : { deletedWith: goal.deletedWith }),
  };
}

/** Outputs are secret where the inputs of that name are, and where the program says so. */
export function withSecretOutputs(
  outputs: WireObject,
  inputs: WireObject,
  names: readonly string[],
): WireObject {
  const marked: Record<string, Wire> = { ...objectWithSecretsOf(outputs, inputs) };
  for (const name of names) {
    const value = marked[name];
    if (value !== undefined && value !== null) {
      marked[name] = asSecret(value);
    }
  }
  return marked;
}

/** Runs an operation with a durable note that it is under way. */
export async function during<T>(
  { preview, state }: Pick<DeploymentContext, "preview" | "state">,
  urn: string,
  op: string,
  act: () => Promise<T>,
): Promise<T> {
  if (preview) {
    return await act();
  }
  state.begin(urn, op);
  try {
    return await act();
  } finally {
    state.end(urn);
  }
}
