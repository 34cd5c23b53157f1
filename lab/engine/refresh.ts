/** Takes the resources' real state over into the stack's. */
import { isStack } from "./goal.ts";
import { isProviderType } from "./plugins.ts";
import { type DeploymentContext, identityOf, pluginFor, withSecretOutputs } from "./recorded.ts";
import { outputsOf } from "./report.ts";
import type { ResourceState } from "./state.ts";
import type { Output } from "./types.ts";
import { changedProperties } from "./wire.ts";

/** Reads every resource; what is gone is forgotten. In a preview the state's file stays as it is. */
export async function refreshAll(run: DeploymentContext): Promise<Readonly<Record<string, Output>>> {
  for (const resource of run.state.resources) {
    if (resource.custom && resource.pendingDelete !== true && !isProviderType(resource.type)) {
      await refreshOne(run, resource);
    }
  }
  if (!run.preview) {
    run.state.save();
  }
  const stack = run.state.resources.find((resource) => isStack(resource.type));
  return outputsOf(stack?.outputs ?? {});
}

async function refreshOne(run: DeploymentContext, resource: ResourceState): Promise<void> {
  const { urn, type } = resource;
  const { preview, report, redactor, state } = run;
  redactor.learn(resource.inputs);
  redactor.learn(resource.outputs);
  report.started("refresh", urn, type);
  try {
    const plugin = await pluginFor(run, resource);
    const found = await plugin?.read(identityOf(resource), resource.id ?? "", resource);
    if (found === undefined) {
      state.remove(resource);
      report.ended({ op: preview ? "refresh" : "delete", urn, type, diff: [] });
      return;
    }
    const outputs = withSecretOutputs(found.outputs, found.inputs, resource.additionalSecretOutputs ?? []);
    const diff = changedProperties(resource.outputs, outputs);
    state.replace(resource, { ...resource, inputs: found.inputs, outputs });
    // What a preview finds is told by the steps that would follow from it.
    const op = preview ? "refresh" : diff.length === 0 ? "same" : "update";
    report.ended({ op, urn, type, diff });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    report.ended({ op: "refresh", urn, type, diff: [], error: message });
    report.say("error", message, urn);
  }
}
