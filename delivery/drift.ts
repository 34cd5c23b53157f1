/** Compares a stack with what is really there, and keeps one issue about it. */
import type { ResourceChange } from "../stack/engine.ts";
import { realSurroundings, type Surroundings } from "./ci.ts";
import { asked, connect, PAGE, type Project } from "./gitlab.ts";
import { inlineCode } from "./markdown.ts";
import { tableOf } from "./note-text.ts";
import { differences } from "./record.ts";

/** The issues' label. */
export const LABEL = "drift";

/**
 * Drift is what only a look at the real resources finds: a merged change that waits for its update is none.
 *
 * @throws {UsageError} where GitLab refuses.
 */
export async function drift(
  { stack }: { readonly stack: string },
  surroundings: Surroundings = realSurroundings(),
): Promise<void> {
  const { directory, open, say } = surroundings;
  // Before minutes of work: what it is for needs the token.
  const project = connect(surroundings);
  const engine = await open({ stack, directory });
  say(engine.describe());
  const pending = await engine.preview();
  const real = await engine.preview({ refresh: true });
  const drifted = differences(pending.changes, real.changes).added;
  for (const { op, name, type, properties } of drifted)
    say(
      `Stack ${stack}: ${op} ${name} (${type})${properties.length > 0 ? `: ${properties.join(", ")}` : ""}`,
    );
  if (drifted.length === 0) say(`Stack ${stack}: no drift.`);
  say(await keepIssue(project, stack, drifted));
}

const markerOf = (stack: string): string => `<!-- buildx-runners: drift of ${stack} -->`;

/** @returns what became of the issue, as a sentence. */
async function keepIssue(
  project: Project,
  stack: string,
  drifted: readonly ResourceChange[],
): Promise<string> {
  const known = await openIssue(project, stack);
  if (drifted.length === 0) return known === undefined ? "No issue is open." : closeIssue(project, known);
  const description = descriptionOf(stack, drifted);
  return known === undefined ? openNew(project, stack, description) : update(project, known, description);
}

interface Known {
  readonly iid: number;
  readonly description: string;
}

/** Every user can write a marker, so only an issue of the token's own user counts. */
async function openIssue({ api, id }: Project, stack: string): Promise<Known | undefined> {
  const me = await asked("look up the user of DELIVERY_TOKEN", api.Users.showCurrentUser());
  const issues = await asked(
    "read the issues about drift",
    api.Issues.all({ projectId: id, state: "opened", labels: LABEL, authorId: me.id, ...PAGE }),
  );
  const found = issues.find(
    ({ author, description }) => author.id === me.id && description?.startsWith(markerOf(stack)),
  );
  return found && { iid: found.iid, description: found.description };
}

async function openNew({ api, id }: Project, stack: string, description: string): Promise<string> {
  const title = `Drift of stack ${stack}`;
  const made = await asked("open an issue", api.Issues.create(id, title, { description, labels: LABEL }));
  return `Issue #${made.iid} is open.`;
}

async function update({ api, id }: Project, known: Known, description: string): Promise<string> {
  if (known.description.trimEnd() === description.trimEnd()) return `Issue #${known.iid} already reports it.`;
  await asked(`edit issue #${known.iid}`, api.Issues.edit(id, known.iid, { description }));
  await asked(
    `comment on issue #${known.iid}`,
    api.IssueNotes.create(id, known.iid, "The drift has changed: see the description."),
  );
  return `Issue #${known.iid} is updated.`;
}

async function closeIssue({ api, id }: Project, { iid }: Known): Promise<string> {
  await asked(
    `comment on issue #${iid}`,
    api.IssueNotes.create(id, iid, "The drift is gone: the resources are as the stack describes them."),
  );
  await asked(`close issue #${iid}`, api.Issues.edit(id, iid, { stateEvent: "close" }));
  return `Issue #${iid} is closed.`;
}

const descriptionOf = (stack: string, drifted: readonly ResourceChange[]): string =>
  [
    markerOf(stack),
    `Resources of stack ${inlineCode(stack)} were changed outside the stack. The next update would restore them:`,
    tableOf(drifted),
    "If the change is right, add it to the stack's configuration; if it is not, run the stack's update. This issue is closed automatically when the drift is gone.",
    "",
  ].join("\n\n");
