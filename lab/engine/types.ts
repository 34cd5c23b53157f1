import { UsageError } from "../../command-line.ts";

/** What happened to a resource. A replacement is one step, whatever it took. */
export type Operation = "create" | "import" | "update" | "replace" | "delete" | "same" | "read" | "refresh";

export interface Step {
  readonly op: Operation;
  readonly urn: string;
  readonly type: string;
  /** Names of the properties that made the step necessary: never their values. */
  readonly diff: readonly string[];
  /**
   * SHA-256 of what the resource shall be, with a mark in the place of every secret and of what only an `up` will know.
   * Only of what is created, imported, updated or replaced.
   */
  readonly digest?: string;
  /** Why the step failed, if it did. */
  readonly error?: string;
}

/** Counts of resources by what happened to them; components and the stack itself are resources, too. */
export interface Changes {
  readonly create: number;
  readonly update: number;
  readonly replace: number;
  readonly delete: number;
  readonly same: number;
}

export interface Diagnostic {
  readonly severity: "debug" | "info" | "warning" | "error";
  /** Secrets are replaced by `[secret]`. */
  readonly message: string;
  readonly urn?: string;
}

export interface Output {
  readonly value: unknown;
  readonly secret: boolean;
}

export interface EngineResult {
  readonly changes: Changes;
  readonly steps: readonly Step[];
  /**
   * The stack's outputs, secrets in plain text. After a preview by a real Pulumi they are those of the last `up`, by
   * the in-process engine the new ones, without those that only an `up` can know.
   */
  readonly outputs: Readonly<Record<string, Output>>;
  readonly diagnostics: readonly Diagnostic[];
}

/** A run that failed. `result` holds what was done before it did; its message names the resource and the reason. */
export class EngineError extends UsageError {
  override readonly name = "EngineError";
  readonly result: EngineResult;

  constructor(message: string, result: EngineResult) {
    super(message);
    this.result = result;
  }
}

/** Told while a run is under way. */
export type EngineEvent =
  | { readonly kind: "step-started"; readonly op: Operation; readonly urn: string; readonly type: string }
  | { readonly kind: "step-ended"; readonly step: Step }
  | { readonly kind: "diagnostic"; readonly diagnostic: Diagnostic };

/** One value to set in the stack's configuration, on top of its file. */
export interface ConfigEntry {
  /** As `pulumi config set --path` takes it: `buildx-runners:fleets[0].hosts[0].privateKey`. */
  readonly key: string;
  readonly value: unknown;
  /** Encrypted in the file, and hidden in all output. Only texts can be. */
  readonly secret?: boolean;
}

export interface EngineOptions {
  /** Directory of Pulumi.yaml. */
  readonly projectDirectory: string;
  readonly stack: string;
  /** The stack's configuration (`Pulumi.<stack>.yaml`). It is read, never written. */
  readonly configFile: string;
  /** Set on top of {@link configFile}. */
  readonly config?: readonly ConfigEntry[];
  /** State, passphrase and the effective configuration are kept here. */
  readonly stateDirectory: string;
  /** Added to the environment of the program and of the providers; `undefined` removes a variable. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /**
   * Programs that serve a package's resources, by package name: `.ts` and `.js` files run on this Node, others as they
   * are. Default: the lab's own. Real stacks use the published ones.
   */
  readonly plugins?: Readonly<Record<string, string>>;
  /** Which engine to use. Default `auto`: a real one where there is one. */
  readonly engine?: "auto" | "pulumi" | "in-process";
  readonly onEvent?: (event: EngineEvent) => void;
  /** Ends the run under way: what a provider is doing is interrupted, and the state says how far it came. */
  readonly signal?: AbortSignal;
}

export interface PreviewOptions {
  /** Look at the real resources first, in memory: neither they nor the state change. */
  readonly refresh?: boolean;
}

/** Deploys one stack. A run that fails rejects with an {@link EngineError}. */
export interface Engine {
  readonly kind: "pulumi" | "in-process";
  /** One sentence: what this engine is. */
  describe(): string;
  /** What {@link up} would do. Changes nothing. */
  preview(options?: PreviewOptions): Promise<EngineResult>;
  up(): Promise<EngineResult>;
  /** Takes the resources' real state over into the stack's state. */
  refresh(): Promise<EngineResult>;
  /** Deletes every resource of the stack. */
  destroy(): Promise<EngineResult>;
  /** Outputs of the last successful {@link up}, secrets in plain text. */
  outputs(): Promise<Readonly<Record<string, Output>>>;
}
