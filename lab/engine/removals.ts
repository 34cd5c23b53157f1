/** Ends resources: those that the program no longer names, those that were replaced, and in the end all of them. */
import { inDeletionOrder } from "./deletions.ts";
import { type DeploymentContext, during, identityOf, pluginFor } from "./recorded.ts";
import type { ResourceState } from "./state.ts";

/** Notes that a deletion failed, and returns what stops the run. */
export type DeletionFailed = (resource: ResourceState, cause: unknown) => Error;

export class Removals {
  readonly #context: DeploymentContext;
  readonly #failed: DeletionFailed;

  constructor(context: DeploymentContext, failed: DeletionFailed) {
    this.#context = context;
    this.#failed = failed;
  }

  /** Deletes these resources. Nothing is deleted if one of them is protected. */
  async remove(resources: readonly ResourceState[]): Promise<void> {
    const guarded = resources.filter((resource) => resource.protect === true);
    for (const resource of guarded) {
      this.#failed(resource, new Error("it is protected; take `protect` away first"));
    }
    if (guarded.length > 0) {
      return;
    }
    const urns = new Set(resources.map((resource) => resource.urn));
    await inDeletionOrder(resources, (resource) => this.#delete(resource, urns)).catch(() => undefined);
  }

  async #delete(resource: ResourceState, leaving: ReadonlySet<string>): Promise<void> {
    const { report } = this.#context;
    // A replaced resource was reported as replaced: its end is part of that.
    const isReported = resource.pendingDelete !== true;
    if (isReported) {
      report.started("delete", resource.urn, resource.type);
    }
    try {
      await this.erase(resource, leaving);
    } catch (error) {
      throw this.#failed(resource, error);
    }
    if (isReported) {
      report.ended({ op: "delete", urn: resource.urn, type: resource.type, diff: [] });
    }
  }

  /** Deletes for real, unless something else takes the resource away, or it is to be left alone. */
  async erase(resource: ResourceState, leaving: ReadonlySet<string>): Promise<void> {
    const { preview, state } = this.#context;
    if (preview) {
      return;
    }
    const isLeft = resource.retainOnDelete === true || resource.external === true || !resource.custom;
    const goesWith = resource.deletedWith !== undefined && leaving.has(resource.deletedWith);
    if (!isLeft && !goesWith) {
      const plugin = await pluginFor(this.#context, resource);
      await during(this.#context, resource.urn, "delete", async () => {
        await plugin?.delete(identityOf(resource), resource.id ?? "", resource);
      });
    }
    state.remove(resource);
    state.save();
  }
}
