/** A digest of a resource's new state: equal if two engines or two previews would create the same. */
import { createHash } from "node:crypto";
import type { ChangeKind } from "./engine.ts";

/** In the place of a secret's value stand this signature and a text without meaning. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

export type Properties = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isSecret = (value: unknown): boolean => isObject(value) && value[SIGNATURE] === SECRET;

export function containsSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(containsSecret);
  return isSecret(value) || (isObject(value) && Object.values(value).some(containsSecret));
}

/** The same text for the same value, whatever the order of its keys; a mark for every secret. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (isSecret(value)) return '"[secret]"';
  if (!isObject(value)) return JSON.stringify(value) ?? "null";
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${members.join(",")}}`;
}

/**
 * SHA-256 over type, operation and inputs, with marks in the place of secrets.
 *
 * @example
 * digestOf("update", "gitlab:index/projectVariable:ProjectVariable", { key: "NAME", value: "1" });
 */
export const digestOf = (op: ChangeKind, type: string, inputs: Properties): string =>
  createHash("sha256").update(canonical({ type, op, inputs })).digest("hex");
