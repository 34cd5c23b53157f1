import type { provider } from "@pulumi/pulumi";
import { z } from "zod";
import { unknownValue } from "../wire.ts";

/**
 * Inputs of the resources, with the names, kinds and defaults of the published provider's schema (@pulumi/command
 * 1.2.1). What this project does not use is refused: passwords, and the environment of remote commands.
 */

const text = z.string();
const logging = z.enum(["stdout", "stderr", "stdoutAndStderr", "none"]);

const endpoint = z.strictObject({
  host: text,
  port: z.number().default(22),
  user: text.default("root"),
  privateKey: text.optional(),
  privateKeyPassword: text.optional(),
  agentSocketPath: text.optional(),
  /** Attempts that may fail before the connection counts as failed; -1: no limit. */
  dialErrorLimit: z.number().int().default(10),
  /** Seconds until the port must answer; 0: no limit. The log-in has none. */
  perDialTimeout: z.number().int().default(15),
  /** Public key, as `known_hosts` has it without the host. Without one, any key is accepted. */
  hostKey: text.optional(),
});
const connection = endpoint.extend({ proxy: endpoint.optional() });

const lifecycle = {
  create: text.optional(),
  update: text.optional(),
  delete: text.optional(),
  triggers: z.array(z.unknown()).optional(),
  stdin: text.optional(),
  logging: logging.optional(),
  addPreviousOutputInEnv: z.boolean().optional(),
};

export const remoteCommandSchema = z.strictObject({ connection, ...lifecycle });
export const localCommandSchema = z.strictObject({
  ...lifecycle,
  environment: z.record(z.string(), text).optional(),
  interpreter: z.array(text).optional(),
  dir: text.optional(),
});

export type Endpoint = z.infer<typeof endpoint>;
export type Connection = z.infer<typeof connection>;
export type Logging = z.infer<typeof logging>;
export type RemoteCommandInputs = z.infer<typeof remoteCommandSchema>;
export type LocalCommandInputs = z.infer<typeof localCommandSchema>;

/** What a command printed, without the last line's end. */
export interface CommandOutputs {
  readonly stdout: string;
  readonly stderr: string;
}

/** Validates inputs and fills defaults in. What is not known yet passes: an `up` validates again. */
export function check(schema: z.ZodType, inputs: unknown): provider.CheckResult {
  const parsed = schema.safeParse(inputs);
  if (parsed.success) {
    return { inputs: parsed.data };
  }
  const failures = parsed.error.issues
    .filter((issue) => !isUnknownAt(inputs, issue.path))
    .map((issue) => ({ property: issue.path.join("."), reason: issue.message }));
  return failures.length === 0 ? { inputs } : { failures };
}

function isUnknownAt(value: unknown, path: readonly PropertyKey[]): boolean {
  const [head, ...rest] = path;
  if (value === unknownValue) {
    return true;
  }
  if (head === undefined || typeof value !== "object" || value === null) {
    return false;
  }
  return isUnknownAt(Reflect.get(value, head), rest);
}
