/** The operations of an engine that this repository's programs use: a preview as data, an update, the decrypted configuration. */
import { UsageError } from "../command-line.ts";

/** A change of a resource, planned or done. A replacement is one change. */
export type ChangeKind = "create" | "update" | "replace" | "delete";

/** One resource that does not stay as it is. */
export interface ResourceChange {
  readonly op: ChangeKind;
  readonly urn: string;
  readonly type: string;
  /** The resource's own name, the last part of its URN. */
  readonly name: string;
  /** Names of the properties that change, never their values. Empty for a resource that is created or deleted. */
  readonly properties: readonly string[];
  /**
   * SHA-256 of what the resource shall be, with a mark in the place of every secret and of what only an update will know:
   * two previews with equal digests would do the same. Empty for a deletion.
   */
  readonly digest: string;
}

/** What an update would do. */
export interface StackPreview {
  readonly stack: string;
  /** In the order in which the engine would do it. */
  readonly changes: readonly ResourceChange[];
  /** Resources that stay as they are. */
  readonly unchanged: number;
  /** What the program and its providers warn of, without secrets. */
  readonly warnings: readonly string[];
}

/** What an update or a destruction did. */
export type StackUpdate = StackPreview;

export interface PreviewOptions {
  /** Look at the real resources first, in memory: neither they nor the state change. */
  readonly refresh?: boolean;
  /** File to save the engine's own plan to, for {@link StackEngine.up}. An engine without plans writes none. */
  readonly plan?: string;
}

export interface UpOptions {
  /** File with the engine's own plan, where it has plans: the update does what stands in it, or fails. */
  readonly plan?: string;
}

/** A value of the stack's configuration, decrypted. */
export interface ConfigValue {
  readonly value: string;
  readonly secret: boolean;
}

/** One stack. What fails rejects with a {@link StackError}. */
export interface StackEngine {
  /** One sentence: what this engine is, and where it keeps the state. */
  describe(): string;
  preview(options?: PreviewOptions): Promise<StackPreview>;
  up(options?: UpOptions): Promise<StackUpdate>;
  /** Reads the real resources into the state. */
  refresh(): Promise<StackUpdate>;
  /** Deletes nothing where a part of the stack is protected. */
  destroy(): Promise<StackUpdate>;
  /** By full key: `buildx-runners:fleets` (JSON), `gitlab:token`. Secrets are in plain text: not for logs. */
  config(): Promise<Readonly<Record<string, ConfigValue>>>;
  /** Of the last update, secrets as `[secret]`. */
  outputs(): Promise<Readonly<Record<string, unknown>>>;
}

/** An operation of the engine failed. The message says why, without secrets. */
export class StackError extends UsageError {
  override readonly name = "StackError";
}

export interface StackOptions {
  readonly stack: string;
  /** Directory of Pulumi.yaml. */
  readonly directory: string;
  /** The engine's own words, line by line. */
  readonly onOutput?: (line: string) => void;
  /** Interrupts the running operation; the state records what it did. */
  readonly signal?: AbortSignal;
}
