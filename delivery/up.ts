/** Updates a stack, if what would happen is what was reviewed. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../command-line.ts";
import type { ResourceChange, StackEngine } from "../stack/engine.ts";
import { needed, realSurroundings, type Surroundings } from "./ci.ts";
import { connect } from "./gitlab.ts";
import { differences, fingerprint } from "./record.ts";
import { type Reviewed, reviewedPreview } from "./reviewed.ts";

/**
 * @throws {UsageError} where something else would happen than what was reviewed; nothing has changed then.
 */
export async function up(
  { stack }: { readonly stack: string },
  surroundings: Surroundings = realSurroundings(),
): Promise<void> {
  const { directory, open, say } = surroundings;
  const engine = await open({ stack, directory, onOutput: say });
  say(engine.describe());
  const scratch = await mkdtemp(join(tmpdir(), "buildx-runners-plan-"));
  try {
    const plan = join(scratch, "plan.json");
    const { changes } = await engine.preview({ plan });
    if (changes.length === 0) {
      say(`Stack ${stack}: nothing to do.`);
      return;
    }
    await approve(stack, changes, surroundings);
    await apply(stack, engine, existsSync(plan) ? plan : undefined, surroundings);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function apply(
  stack: string,
  engine: StackEngine,
  plan: string | undefined,
  { say }: Surroundings,
): Promise<void> {
  const { changes } = await engine.up(plan === undefined ? {} : { plan });
  say(`Stack ${stack}: ${changes.length} ${changes.length === 1 ? "resource" : "resources"} changed.`);
}

/** Returns if the update equals the reviewed one, or was approved since. */
async function approve(
  stack: string,
  changes: readonly ResourceChange[],
  surroundings: Surroundings,
): Promise<void> {
  const { environment, say } = surroundings;
  const found = fingerprint(changes);
  const approved = environment.APPROVED?.trim() ?? "";
  if (approved === found) {
    say(`Stack ${stack}: ${found} is approved.`);
    return;
  }
  const reviewed = await reviewedPreview(connect(surroundings), stack, {
    commit: needed(surroundings, "CI_COMMIT_SHA"),
    branch: needed(surroundings, "CI_DEFAULT_BRANCH"),
  });
  if ("changes" in reviewed && isSame(reviewed.changes, changes)) {
    say(`Stack ${stack}: the changes are the same as in ${reviewed.where} (${found}).`);
    return;
  }
  const notes = approved === "" ? [] : [`APPROVED=${approved} is the fingerprint of other changes.`];
  throw new UsageError([...explain(stack, reviewed, changes), ...notes, remedy(found)].join("\n"));
}

function isSame(before: readonly ResourceChange[], after: readonly ResourceChange[]): boolean {
  const { gone, added } = differences(before, after);
  return gone.length === 0 && added.length === 0;
}

function explain(stack: string, reviewed: Reviewed, changes: readonly ResourceChange[]): string[] {
  if ("missing" in reviewed)
    return [
      `Stack ${stack}: nothing was changed, because the update was not reviewed: ${reviewed.missing}.`,
      ...changes.map((change) => `  ${lineOf(change)}`),
    ];
  const { gone, added } = differences(reviewed.changes, changes);
  return [
    `Stack ${stack}: nothing was changed, because the update differs from ${reviewed.where}:`,
    ...gone.map((change) => `  - reviewed: ${lineOf(change)}`),
    ...added.map((change) => `  + now:      ${lineOf(change)}`),
  ];
}

const lineOf = ({ op, name, type, properties, digest }: ResourceChange): string => {
  const what = properties.length > 0 ? `: ${properties.join(", ")}` : "";
  // Values may differ under the same names.
  return `${op} ${name} (${type})${what}${digest === "" ? "" : ` [${digest.slice(0, 8)}]`}`;
};

const remedy = (found: string): string =>
  `If these changes are right, run a pipeline of this branch with the variable APPROVED=${found} (Build > Pipelines > New pipeline), or start a manual job with it; the approval is valid for exactly these changes. If they are wrong, correct them in a merge request.`;
