/** Reads Pulumi's event stream: what an operation would do or did, without a value of any property. */
import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation/index.js";
import { canonical, containsSecret, digestOf, type Properties } from "./digest.ts";
import type { ChangeKind, ResourceChange } from "./engine.ts";

/** Operations that are changes. The two steps of a replacement are not counted: the replacement has its own event. */
const OPERATIONS: Readonly<Record<string, ChangeKind>> = {
  create: "create",
  import: "create",
  update: "update",
  replace: "replace",
  "import-replacement": "replace",
  delete: "delete",
};

/** An interrupted replacement leaves a predecessor behind, whose end is a change of its own. */
const LEFTOVER = "delete-replaced";

/** Pulumi notes every plugin that it finds on PATH, which is where jobs and labs have them. */
const PLUGIN_NOTICE = "using pulumi-resource-";

/** All but `debug`, of which the type knows nothing. */
const SPOKEN: ReadonlySet<string> = new Set(["info", "info#err", "warning", "error"]);

/** Behind these words stand the properties that do not fit, with their values. */
const PLAN_VALUES = /(violates plan)[\s\S]*/;

/** The resource's own name, the last part of its URN. */
const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");

/** `tags[0].name` -> `tags`; a key in quotes may have dots. */
const firstOf = (path: string): string =>
  path.match(/^\["((?:[^"\\]|\\.)*)"\]/)?.[1] ?? path.split(/[.[]/)[0] ?? path;

/**
 * Names of the properties that a step is about. Not every provider tells them; then the inputs do, but for secrets,
 * whose values are in no event: of an update with no other reason every property with a secret is named.
 */
function propertiesOf(
  op: ChangeKind,
  { keys, diffs, detailedDiff, old, new: next }: StepEventMetadata,
): string[] {
  if (op === "create" || op === "delete") return [];
  const told = [...(keys ?? []), ...(diffs ?? []), ...Object.keys(detailedDiff ?? {})].map(firstOf);
  if (told.length > 0) return [...new Set(told)].sort();
  const [before, after]: [Properties, Properties] = [old?.inputs ?? {}, next?.inputs ?? {}];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const changed = names.filter((name) => canonical(before[name]) !== canonical(after[name]));
  return changed.length > 0 ? changed : names.filter((name) => containsSecret(after[name]));
}

function changeOf(op: ChangeKind, metadata: StepEventMetadata): ResourceChange {
  const { urn, type, new: next } = metadata;
  const name = nameOf(urn);
  const digest = op === "delete" ? "" : digestOf(op, type, next?.inputs ?? {});
  return { op, urn, type, name, properties: propertiesOf(op, metadata), digest };
}

/** Default providers, which the program does not declare and a reader does not know. */
const isDefaultProvider = ({ type, urn }: StepEventMetadata): boolean =>
  type.startsWith("pulumi:providers:") && /::default(_|$)/.test(urn);

/**
 * Collects one operation's events.
 *
 * @example
 * const events = new PulumiEvents("preview");
 * await stack.preview({ onEvent: (event) => events.take(event) });
 * events.changes;
 */
export class PulumiEvents {
  readonly #kind: "preview" | "update";
  readonly #tell: (line: string) => void;
  readonly #changes = new Map<string, ResourceChange>();
  readonly #leftovers = new Map<string, ResourceChange>();
  readonly #unchanged = new Set<string>();
  readonly #warnings = new Set<string>();
  readonly #errors = new Set<string>();

  /**
   * @param kind a preview's steps are those that it announces, an update's those that end well.
   * @param tell is told what goes on, line by line. `pulumi` prints more; of a plan that does not fit it prints values, and
   *   among them secrets that are in no configuration any more.
   */
  constructor(kind: "preview" | "update", tell: (line: string) => void = () => {}) {
    this.#kind = kind;
    this.#tell = tell;
  }

  /** In the engine's order. */
  get changes(): readonly ResourceChange[] {
    const replaced = new Set([...this.#changes.values()].map(({ urn }) => urn));
    return [
      ...this.#changes.values(),
      ...[...this.#leftovers.values()].filter(({ urn }) => !replaced.has(urn)),
    ];
  }

  get unchanged(): number {
    return this.#unchanged.size;
  }

  /** The engine has taken the configuration's secrets out. */
  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  /** As {@link warnings}, each with the resource that it is about. */
  get errors(): readonly string[] {
    return [...this.#errors];
  }

  take(event: EngineEvent): void {
    const { diagnosticEvent, resourcePreEvent, resOutputsEvent, resOpFailedEvent } = event;
    if (diagnosticEvent !== undefined) this.#say(diagnosticEvent);
    const step = this.#kind === "preview" ? resourcePreEvent : resOutputsEvent;
    if (step !== undefined && !isDefaultProvider(step.metadata)) this.#note(step.metadata);
    if (this.#kind === "preview") return;
    if (resourcePreEvent !== undefined) this.#follow("", resourcePreEvent.metadata);
    if (resOutputsEvent !== undefined) this.#follow("done: ", resOutputsEvent.metadata);
    if (resOpFailedEvent !== undefined) this.#follow("failed: ", resOpFailedEvent.metadata);
  }

  #follow(state: string, metadata: StepEventMetadata): void {
    const op = OPERATIONS[metadata.op];
    if (op === undefined || isDefaultProvider(metadata)) return;
    this.#tell(`${state}${op} ${nameOf(metadata.urn)} (${metadata.type})`);
  }

  #note(metadata: StepEventMetadata): void {
    const { urn } = metadata;
    const op = OPERATIONS[metadata.op];
    if (metadata.op === "same") this.#unchanged.add(urn);
    else if (metadata.op === LEFTOVER) this.#leftovers.set(urn, changeOf("delete", metadata));
    else if (op !== undefined && !this.#changes.has(`${op} ${urn}`))
      this.#changes.set(`${op} ${urn}`, changeOf(op, metadata));
  }

  #say({ severity, message, urn, ephemeral }: NonNullable<EngineEvent["diagnosticEvent"]>): void {
    const text = message.replace(PLAN_VALUES, "$1").trim();
    if (text === "" || ephemeral === true || !SPOKEN.has(severity) || text.startsWith(PLUGIN_NOTICE)) return;
    const about = urn === undefined || urn === "" ? text : `${nameOf(urn)}: ${text}`;
    for (const line of about.split("\n")) this.#tell(line);
    if (severity === "warning") this.#warnings.add(about);
    if (severity === "error") this.#errors.add(about);
  }
}
