import { dependsOn, inDeletionOrder } from "./deletions.ts";
import { type DeploymentContext, identityOf, pluginFor } from "./recorded.ts";
import type { ResourceState } from "./state.ts";
import { unknownValue, type Wire } from "./wire.ts";

/**
 * Replacements that delete first: what cannot outlive the resource (because it would itself be replaced when one of
 * its inputs, taken from that resource, changes) is deleted before it, and made again when the program names it.
 */
export class Replacements {
  readonly #context: DeploymentContext;
  readonly #seen: ReadonlySet<string>;
  /** Deleted already because of another one; to be created anew. */
  readonly #forced = new Set<string>();

  constructor(context: DeploymentContext, seen: ReadonlySet<string>) {
    this.#context = context;
    this.#seen = seen;
  }

  /** Whether the resource was deleted along with one that it depended on. */
  isForced(urn: string): boolean {
    return this.#forced.has(urn);
  }

  /** Deletes the resource, and before it whatever cannot stay without it. */
  async deleteFirst(
    resource: ResourceState,
    erase: (resource: ResourceState, leaving: ReadonlySet<string>) => Promise<void>,
  ): Promise<void> {
    const leaving = [resource, ...(await this.#fallingWith(resource))];
    const urns = new Set(leaving.map((one) => one.urn));
    const guarded = leaving.find((one) => one.protect === true);
    if (guarded !== undefined) {
      throw new Error(`replacing it means to delete ${guarded.urn}, and that is protected`);
    }
    await inDeletionOrder(leaving, (one) => erase(one, urns));
  }

  async #fallingWith(root: ResourceState): Promise<ResourceState[]> {
    const falling: ResourceState[] = [];
    const urns = new Set([root.urn]);
    // Dependencies come first in the state, so one pass sees every chain.
    for (const candidate of this.#context.state.resources) {
      const isOpen = candidate.custom && candidate.external !== true && candidate.pendingDelete !== true;
      if (!isOpen || this.#seen.has(candidate.urn) || urns.has(candidate.urn)) {
        continue;
      }
      if (
        [root, ...falling].some((one) => dependsOn(candidate, one)) &&
        (await this.#falls(candidate, urns))
      ) {
        falling.push(candidate);
        urns.add(candidate.urn);
        this.#forced.add(candidate.urn);
      }
    }
    return falling;
  }

  async #falls(resource: ResourceState, leaving: ReadonlySet<string>): Promise<boolean> {
    if (resource.deletedWith !== undefined && leaving.has(resource.deletedWith)) {
      return true;
    }
    const inputs: Record<string, Wire> = { ...resource.inputs };
    for (const [name, urns] of Object.entries(resource.propertyDependencies)) {
      if (urns.some((urn) => leaving.has(urn))) {
        inputs[name] = unknownValue;
      }
    }
    const plugin = await pluginFor(this.#context, resource);
    const isTouched = Object.values(inputs).includes(unknownValue);
    if (plugin === undefined || !isTouched) {
      return false;
    }
    const diff = await plugin.diff(identityOf(resource), resource.id ?? "", resource, inputs, []);
    return diff.replaces.length > 0;
  }
}
