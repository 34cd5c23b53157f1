import type { Redactor } from "./redact.ts";
import type { Changes, Diagnostic, EngineEvent, EngineResult, Operation, Output, Step } from "./types.ts";
import { containsSecret, revealed, type Wire, type WireObject } from "./wire.ts";

/** Collects what a run does and says. Nothing gets in here without its secrets taken out. */
export class Report {
  readonly #redactor: Redactor;
  readonly #onEvent: (event: EngineEvent) => void;
  readonly #steps: Step[] = [];
  readonly #diagnostics: Diagnostic[] = [];

  constructor(redactor: Redactor, onEvent: (event: EngineEvent) => void) {
    this.#redactor = redactor;
    this.#onEvent = onEvent;
  }

  started(op: Operation, urn: string, type: string): void {
    this.#onEvent({ kind: "step-started", op, urn, type });
  }

  ended(step: Step): void {
    const shown = step.error === undefined ? step : { ...step, error: this.#redactor.text(step.error) };
    this.#steps.push(shown);
    this.#onEvent({ kind: "step-ended", step: shown });
  }

  say(severity: Diagnostic["severity"], message: string, urn?: string): void {
    const text = this.#redactor.text(message.trimEnd());
    const diagnostic =
      urn === undefined || urn === "" ? { severity, message: text } : { severity, message: text, urn };
    this.#diagnostics.push(diagnostic);
    this.#onEvent({ kind: "diagnostic", diagnostic });
  }

  /** Whether the program, a plugin or a step said that something failed. */
  get failed(): boolean {
    return this.#diagnostics.some((diagnostic) => diagnostic.severity === "error");
  }

  /** The errors, one a paragraph, each with the resource it belongs to. */
  failure(): string {
    const errors = this.#diagnostics.filter((diagnostic) => diagnostic.severity === "error");
    return errors
      .map(({ message, urn }) => (urn === undefined ? message : `${shortName(urn)}: ${message}`))
      .join("\n");
  }

  result(outputs: Readonly<Record<string, Output>>): EngineResult {
    return { changes: count(this.#steps), steps: this.#steps, outputs, diagnostics: this.#diagnostics };
  }
}

/** Counts steps that did not fail. */
export function count(steps: readonly Step[]): Changes {
  const of = (op: Operation) => steps.filter((step) => step.op === op && step.error === undefined).length;
  return {
    create: of("create"),
    update: of("update"),
    replace: of("replace"),
    delete: of("delete"),
    same: of("same"),
  };
}

/** `urn:pulumi:lab::shop::a:b:C$d:e:F::name` -> `name (d:e:F)`. */
export function shortName(urn: string): string {
  const [, , types, ...name] = urn.split("::");
  return name.length === 0 ? urn : `${name.join("::")} (${types?.split("$").at(-1) ?? ""})`;
}

/** The stack's outputs as its users see them. */
export function outputsOf(properties: WireObject): Record<string, Output> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]: [string, Wire]) => [
      name,
      { value: revealed(value), secret: containsSecret(value) },
    ]),
  );
}
