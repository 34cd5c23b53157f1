/** The engines that the same assertions hold: the lab's own always, a real one where there is one. */
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { describe } from "vitest";
import type { Engine, EngineResult } from "../../../lab/engine/index.ts";

const onPath = await PulumiCommand.get().catch(() => undefined);

/**
 * Declares the same tests for every engine. Without a `pulumi` on PATH its tests are reported as skipped, and why.
 *
 * @example
 * describeEngines("a stack", (kind) => { it("comes up", …) });
 */
export function describeEngines(title: string, tests: (kind: Engine["kind"]) => void): void {
  describe(`${title}, by the lab's own engine`, () => tests("in-process"));
  const name =
    onPath === undefined
      ? "by a real pulumi (skipped: there is none on PATH)"
      : `by a real pulumi, ${onPath.version}`;
  describe.skipIf(onPath === undefined)(`${title}, ${name}`, () => tests("pulumi"));
}

/** What a run did, in order: operation, the resource's own name, the properties that made it necessary. */
export const changesIn = ({ steps }: EngineResult): string[] =>
  steps
    .filter(({ op, error }) => op !== "same" && op !== "read" && error === undefined)
    .map(({ op, urn, diff }) => [op, urn.split("::").at(-1), diff.join(",")].filter(Boolean).join(" "))
    .sort();

/** What `pulumi up --expect-no-changes` asks for. */
export const NO_CHANGES = { create: 0, update: 0, replace: 0, delete: 0 } as const;
