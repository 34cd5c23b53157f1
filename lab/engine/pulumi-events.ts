import type { EngineEvent as PulumiEvent, StepEventMetadata } from "@pulumi/pulumi/automation/index.js";
import { digestOf, isMade } from "./digest.ts";
import type { Report } from "./report.ts";
import type { Diagnostic, Operation, Step } from "./types.ts";
import { changedProperties } from "./wire.ts";

const operations: Readonly<Record<string, Operation>> = {
  create: "create",
  import: "import",
  update: "update",
  replace: "replace",
  delete: "delete",
  same: "same",
  read: "read",
  refresh: "refresh",
};

const severities: Readonly<Record<string, Diagnostic["severity"]>> = {
  info: "info",
  "info#err": "info",
  warning: "warning",
  error: "error",
};

/** Pulumi notes each plugin that it finds on PATH, where this engine puts them on purpose. */
const pluginNotice = "using pulumi-resource-";

/** Turns Pulumi's event log into this engine's report. */
export class PulumiEvents {
  readonly #report: Report;
  readonly #failed = new Map<string, string>();
  /** A component's end is told again when its outputs are known. */
  readonly #told = new Set<string>();

  constructor(report: Report) {
    this.#report = report;
  }

  take(event: PulumiEvent): void {
    const { diagnosticEvent, resourcePreEvent, resOutputsEvent, resOpFailedEvent } = event;
    if (diagnosticEvent !== undefined) {
      const severity = severities[diagnosticEvent.severity];
      if (severity !== undefined) {
        this.#say(severity, diagnosticEvent.message, diagnosticEvent.urn);
      }
    }
    if (resourcePreEvent !== undefined) {
      this.#on(resourcePreEvent.metadata, (op, { urn, type }) => this.#report.started(op, urn, type));
    }
    if (resOutputsEvent !== undefined) {
      this.#on(resOutputsEvent.metadata, (op, step) => {
        const told = `${op === "refresh"} ${step.urn}`;
        if (!this.#told.has(told)) {
          this.#told.add(told);
          this.#report.ended({ op, ...step });
        }
      });
    }
    if (resOpFailedEvent !== undefined) {
      this.#on(resOpFailedEvent.metadata, (op, step) =>
        this.#report.ended({ op, ...step, error: this.#failed.get(step.urn) ?? "it failed" }),
      );
    }
  }

  #say(severity: Diagnostic["severity"], message: string, urn: string | undefined): void {
    if (message.startsWith(pluginNotice)) {
      return;
    }
    if (severity === "error" && urn !== undefined) {
      this.#failed.set(urn, message.trim());
    }
    this.#report.say(severity, message, urn);
  }

  #on(metadata: StepEventMetadata, tell: (op: Operation, step: Omit<Step, "op">) => void): void {
    // Halves of a replacement, and the default providers that nobody declared, are no steps of their own.
    const op = operations[metadata.op];
    const isDefaultProvider =
      metadata.type.startsWith("pulumi:providers:") && /::default(_|$)/.test(metadata.urn);
    if (op === undefined || isDefaultProvider) {
      return;
    }
    const { urn, type, new: next } = metadata;
    const digest = isMade(op) ? { digest: digestOf(op, type, next?.inputs ?? {}) } : {};
    tell(op, { urn, type, diff: propertiesOf(op, metadata), ...digest });
  }
}

function propertiesOf(op: Operation, metadata: StepEventMetadata): string[] {
  const names = (op === "replace" ? metadata.keys : metadata.diffs) ?? [];
  if (names.length > 0) {
    return [...new Set(names.map((path) => path.split(/[.[]/)[0] ?? path))].sort();
  }
  // A provider on the SDK's server names what it replaces for, but not what it updates for.
  const { old, new: next } = metadata;
  return op === "update" && old && next ? changedProperties(old.inputs, next.inputs) : [];
}
