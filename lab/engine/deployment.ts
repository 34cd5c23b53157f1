import { digestOf, isMade } from "./digest.ts";
import { type Goal, isStack } from "./goal.ts";
import { StoppedError } from "./grpc.ts";
import { importOne, isImport } from "./imports.ts";
import { componentChanged, decide, ignoringChanges, type Plan } from "./plan.ts";
import type { Plugin } from "./plugin.ts";
import { type DeploymentContext, during, pluginFor, stateOf } from "./recorded.ts";
import { Removals } from "./removals.ts";
import { Replacements } from "./replacements.ts";
import type { ResourceState } from "./state.ts";
import type { Operation } from "./types.ts";
import type { WireObject } from "./wire.ts";

/** What a registration is answered with. */
export interface Registered {
  readonly id: string;
  readonly outputs: WireObject;
}

/** One run of the program: turns its registrations into steps, in the order in which they come. */
export class Deployment {
  readonly #context: DeploymentContext;
  readonly #replacements: Replacements;
  readonly #removals: Removals;
  /** Registered so far. */
  readonly #seen = new Set<string>();
  /** What this run has settled, as it now stands. */
  readonly #settled = new Set<ResourceState>();
  readonly #underWay = new Set<Promise<unknown>>();
  #stackOutputs: WireObject = {};
  #failed = false;

  constructor(context: DeploymentContext) {
    this.#context = context;
    this.#replacements = new Replacements(context, this.#seen);
    this.#removals = new Removals(context, (resource, cause) => this.#fail("delete", resource, cause, []));
  }

  get stackOutputs(): WireObject {
    return this.#stackOutputs;
  }

  get failed(): boolean {
    return this.#failed;
  }

  /** Brings one resource to where the program wants it. After a failure it throws {@link StoppedError}. */
  async register(goal: Goal): Promise<Registered> {
    if (this.#failed) {
      throw new StoppedError("the run has failed already");
    }
    const work = this.#settle(goal);
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }

  /** Looks up a resource that something else manages. */
  async read(goal: Goal, id: string): Promise<Registered> {
    if (this.#failed) {
      throw new StoppedError("the run has failed already");
    }
    this.#seen.add(goal.urn);
    try {
      this.#context.report.started("read", goal.urn, goal.type);
      const plugin = await pluginFor(this.#context, goal);
      const found = await plugin?.read(goal, id, { inputs: goal.properties, outputs: goal.properties });
      if (found === undefined) {
        throw new Error(`there is no such resource with the id "${id}"`);
      }
      const next = { ...stateOf(goal, found.id, goal.properties, found.outputs), external: true };
      this.#finish(next, this.#context.state.find(goal.urn));
      this.#context.report.ended({ op: "read", urn: goal.urn, type: goal.type, diff: [] });
      return { id: found.id, outputs: next.outputs };
    } catch (error) {
      throw this.#fail("read", goal, error, []);
    }
  }

  /** Records the outputs of a component, or of the stack. */
  registerOutputs(urn: string, outputs: WireObject): void {
    this.#context.redactor.learn(outputs);
    const resource = this.#context.state.find(urn);
    if (isStack(urn.split("::")[2] ?? "")) {
      this.#stackOutputs = outputs;
    }
    if (this.#context.preview || resource === undefined) {
      return;
    }
    const next = { ...resource, outputs };
    this.#settled.add(next);
    this.#context.state.put(next, resource, this.#settled);
    this.#context.state.save();
  }

  /** Waits for the steps under way, without starting others. */
  async quiesce(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  /** Makes every further registration stop. */
  abort(): void {
    this.#failed = true;
  }

  /** Deletes what the program no longer names, and what was replaced. */
  async removeRest(): Promise<void> {
    await this.remove(
      this.#context.state.resources.filter(
        (resource) => resource.pendingDelete === true || !this.#seen.has(resource.urn),
      ),
    );
  }

  /** Deletes these resources. Nothing is deleted if one of them is protected. */
  remove(resources: readonly ResourceState[]): Promise<void> {
    return this.#removals.remove(resources);
  }

  async #settle(goal: Goal): Promise<Registered> {
    const { state, redactor } = this.#context;
    redactor.learn(goal.properties);
    if (this.#seen.has(goal.urn)) {
      throw this.#fail(
        "create",
        goal,
        new Error("the program declares two resources of this type and name"),
        [],
      );
    }
    this.#seen.add(goal.urn);
    const old = [goal.urn, ...goal.aliases]
      .map((urn) => state.find(urn))
      .find((found) => found !== undefined);
    if (old !== undefined) {
      redactor.learn(old.outputs);
    }
    return goal.custom ? await this.#settleCustom(goal, old) : this.#settleComponent(goal, old);
  }

  #settleComponent(goal: Goal, old: ResourceState | undefined): Registered {
    const op = old === undefined ? "create" : componentChanged(goal, old) ? "update" : "same";
    this.#context.report.started(op, goal.urn, goal.type);
    this.#record(stateOf(goal, "", goal.properties, old?.outputs ?? {}), old);
    this.#context.report.ended({
      ...{ op, urn: goal.urn, type: goal.type, diff: [] },
      ...digestIn(op, goal.type, goal.properties),
    });
    return { id: "", outputs: {} };
  }

  async #settleCustom(goal: Goal, old: ResourceState | undefined): Promise<Registered> {
    let op: Operation = "create";
    let diff: readonly string[] = [];
    try {
      const plugin = await pluginFor(this.#context, goal);
      if (isImport(goal, old)) {
        op = old === undefined ? "import" : "replace";
        return await this.#import(goal, old, plugin);
      }
      const inputs = await this.#checked(goal, old, plugin);
      const plan = old === undefined ? undefined : await this.#plan(goal, old, inputs, plugin);
      op = plan?.op ?? (this.#replacements.isForced(goal.urn) ? "replace" : "create");
      diff = plan?.diff ?? [];
      this.#context.report.started(op, goal.urn, goal.type);
      const result = await this.#perform(goal, old, inputs, plan, plugin);
      this.#context.report.ended({
        ...{ op, urn: goal.urn, type: goal.type, diff },
        ...digestIn(op, goal.type, inputs),
      });
      return result;
    } catch (error) {
      throw this.#fail(op, goal, error, diff);
    }
  }

  /** Takes over a resource that is there. One that the stack had by that name leaves at the end. */
  async #import(goal: Goal, old: ResourceState | undefined, plugin: Plugin | undefined): Promise<Registered> {
    const { report, state } = this.#context;
    const op = old === undefined ? "import" : "replace";
    report.started(op, goal.urn, goal.type);
    if (old?.protect === true) {
      throw new Error(
        "another one would have to take its place, and it is protected; take `protect` away first",
      );
    }
    const { id, inputs, outputs } = await importOne(this.#context, goal, plugin);
    if (old !== undefined && !this.#context.preview) {
      state.put({ ...old, pendingDelete: true }, old, this.#settled);
    }
    const result = this.#finish(stateOf(goal, id, inputs, outputs), undefined);
    report.ended({ op, urn: goal.urn, type: goal.type, diff: [], ...digestIn(op, goal.type, inputs) });
    return result;
  }

  async #checked(
    goal: Goal,
    old: ResourceState | undefined,
    plugin: Plugin | undefined,
  ): Promise<WireObject> {
    const properties = ignoringChanges(goal.properties, old?.inputs, goal.ignoreChanges);
    if (plugin === undefined) {
      return properties;
    }
    const { inputs, failures } = await plugin.check(goal, old?.inputs, properties);
    if (failures.length > 0) {
      throw new Error(
        failures
          .map(({ property, reason }) => (property === "" ? reason : `${property}: ${reason}`))
          .join("; "),
      );
    }
    return inputs;
  }

  async #plan(goal: Goal, old: ResourceState, inputs: WireObject, plugin: Plugin | undefined): Promise<Plan> {
    if (this.#replacements.isForced(old.urn)) {
      return { op: "replace", diff: [], deleteFirst: true };
    }
    const diff =
      plugin === undefined
        ? ({ changes: "unknown", replaces: [], deleteBeforeReplace: false } as const)
        : await plugin.diff(goal, old.id ?? "", old, inputs, goal.ignoreChanges);
    return decide(goal, old, inputs, diff);
  }

  async #perform(
    goal: Goal,
    old: ResourceState | undefined,
    inputs: WireObject,
    plan: Plan | undefined,
    plugin: Plugin | undefined,
  ): Promise<Registered> {
    const { preview, state } = this.#context;
    if (old !== undefined && plan?.op === "same") {
      return this.#finish(stateOf(goal, old.id ?? "", inputs, old.outputs), old);
    }
    if (old !== undefined && plan?.op === "update") {
      const outputs = await during(this.#context, goal.urn, "update", async () =>
        plugin === undefined
          ? inputs
          : await plugin.update(goal, old.id ?? "", old, inputs, {
              preview,
              ignoreChanges: goal.ignoreChanges,
            }),
      );
      return this.#finish(stateOf(goal, old.id ?? "", inputs, outputs), old);
    }
    let previous = old;
    if (old !== undefined && plan?.op === "replace") {
      if (old.protect === true) {
        throw new Error("it would have to be replaced, and it is protected; take `protect` away first");
      }
      // What is replaced stays until its successor works, and everything that used it has moved over.
      previous = plan.deleteFirst ? undefined : { ...old, pendingDelete: true };
      if (plan.deleteFirst) {
        await this.#replacements.deleteFirst(old, (resource, urns) => this.#removals.erase(resource, urns));
      }
    }
    const created = await during(this.#context, goal.urn, "create", async () =>
      plugin === undefined ? { id: goal.name, outputs: inputs } : await plugin.create(goal, inputs, preview),
    );
    if (previous !== undefined) {
      state.put(previous, old, this.#settled);
    }
    return this.#finish(stateOf(goal, created.id, inputs, created.outputs), undefined);
  }

  #finish(next: ResourceState, old: ResourceState | undefined): Registered {
    this.#context.redactor.learn(next.outputs);
    this.#record(next, old);
    return { id: next.id ?? "", outputs: next.outputs };
  }

  #record(next: ResourceState, old: ResourceState | undefined): void {
    if (this.#context.preview) {
      return;
    }
    this.#context.state.put(next, old, this.#settled);
    this.#settled.add(next);
    this.#context.state.save();
  }

  #fail(
    op: Operation,
    resource: Pick<Goal, "urn" | "type">,
    cause: unknown,
    diff: readonly string[],
  ): StoppedError {
    if (cause instanceof StoppedError) {
      return cause;
    }
    const message = cause instanceof Error ? cause.message : String(cause);
    this.#failed = true;
    if (!this.#context.preview) {
      this.#context.state.save();
    }
    this.#context.report.ended({ op, urn: resource.urn, type: resource.type, diff, error: message });
    this.#context.report.say("error", message, resource.urn);
    return new StoppedError(message);
  }
}

function digestIn(op: Operation, type: string, inputs: WireObject): { readonly digest?: string } {
  return isMade(op) ? { digest: digestOf(op, type, inputs) } : {};
}
