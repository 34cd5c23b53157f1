import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { type Crypter, createCrypter } from "./secrets.ts";
import type { ConfigEntry } from "./types.ts";

const projectConfigSchema = z.union([
  z.looseObject({
    type: z.string().optional(),
    default: z.unknown().optional(),
    value: z.unknown().optional(),
    secret: z.boolean().optional(),
  }),
  z.union([z.string(), z.number(), z.boolean()]).transform((value) => ({ value })),
]);

const projectSchema = z.looseObject({
  name: z.string().min(1),
  main: z.string().optional(),
  config: z.record(z.string(), projectConfigSchema).optional(),
});

const stackFileSchema = z.looseObject({
  encryptionsalt: z.string().optional(),
  config: z.record(z.string(), z.unknown()).nullish(),
});

/** What Pulumi.yaml says, as far as an engine cares. */
export interface Project {
  readonly name: string;
  /** The program's file or directory, relative to the project; the package's entry point when it says none. */
  readonly main: string | undefined;
  /** Values for keys that the stack does not set, by full key. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

/** A stack's configuration, as a program is given it. */
export interface StackConfig {
  /** Full key (`project:name`) to text; lists and objects are JSON. */
  readonly values: Readonly<Record<string, string>>;
  /** Keys whose value is, or contains, a secret. */
  readonly secretKeys: readonly string[];
  /** Every secret in it. */
  readonly secrets: readonly string[];
  readonly crypter: Crypter;
  /** The effective configuration: the stack's file plus what was set on top, secrets encrypted. */
  readonly file: string;
}

/** Reads Pulumi.yaml. Throws when it is missing or has no name. */
export function readProject(directory: string): Project {
  const path = join(directory, "Pulumi.yaml");
  if (!existsSync(path)) {
    throw new Error(`${path}: not found; an engine needs the directory of a Pulumi project`);
  }
  const parsed = projectSchema.safeParse(parse(readFileSync(path, "utf8")));
  if (!parsed.success) {
    throw new Error(`${path}: ${z.prettifyError(parsed.error)}`);
  }
  const { name, main, config } = parsed.data;
  const defaults: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(config ?? {})) {
    const value = entry.value ?? ("default" in entry ? entry.default : undefined);
    if (value !== undefined) {
      defaults[key.includes(":") ? key : `${name}:${key}`] = value;
    }
  }
  return { name, main, defaults };
}

export interface ConfigSources {
  readonly project: Project;
  readonly stack: string;
  readonly configFile: string;
  readonly config: readonly ConfigEntry[];
  readonly stateDirectory: string;
  readonly passphrase: string;
}

/**
 * Reads the stack's configuration, sets what is to be set on top of it, and writes the effective file into the state
 * directory: the real engine reads that very file.
 *
 * Throws when a file is malformed, or a secret in it was encrypted with another passphrase.
 */
export function loadConfig(sources: ConfigSources): StackConfig {
  const file = join(sources.stateDirectory, `Pulumi.${sources.stack}.yaml`);
  const original = readStackFile(sources.configFile);
  const salt = original.encryptionsalt ?? (existsSync(file) ? readStackFile(file).encryptionsalt : undefined);
  const crypter = explained(sources.configFile, () => createCrypter(sources.passphrase, salt));
  const config: Record<string, unknown> = { ...(original.config ?? {}) };
  for (const entry of sources.config) {
    setPath(config, entry, crypter);
  }
  mkdirSync(sources.stateDirectory, { recursive: true, mode: 0o700 });
  writeFileSync(file, stringify({ ...original, encryptionsalt: crypter.salt, config }, { lineWidth: 0 }), {
    mode: 0o600,
  });
  const qualified = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key.includes(":") ? key : `${sources.project.name}:${key}`,
      value,
    ]),
  );
  const flat = flatten({ ...sources.project.defaults, ...qualified }, crypter, sources.configFile);
  return { ...flat, crypter, file };
}

function readStackFile(path: string): z.infer<typeof stackFileSchema> {
  if (!existsSync(path)) {
    throw new Error(`${path}: not found; it holds the stack's configuration`);
  }
  const parsed = stackFileSchema.safeParse(parse(readFileSync(path, "utf8")) ?? {});
  if (!parsed.success) {
    throw new Error(`${path}: ${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}

function explained<T>(place: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new Error(`${place}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Plain texts stay as they are, everything else becomes JSON: what the real engine hands to a program. */
function flatten(config: Record<string, unknown>, crypter: Crypter, place: string) {
  const values: Record<string, string> = {};
  const secretKeys: string[] = [];
  const secrets: string[] = [];
  for (const [key, value] of Object.entries(config)) {
    const found: string[] = [];
    const plain = explained(`${place}: ${key}`, () => decrypted(value, crypter, found));
    values[key] = typeof plain === "string" ? plain : JSON.stringify(plain);
    if (found.length > 0) {
      secretKeys.push(key);
      secrets.push(...found);
    }
  }
  return { values, secretKeys, secrets };
}

function decrypted(value: unknown, crypter: Crypter, found: string[]): unknown {
  if (Array.isArray(value)) {
    return value.map((member) => decrypted(member, crypter, found));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === "secure" && typeof first[1] === "string") {
    const plain = crypter.decrypt(first[1]);
    found.push(plain);
    return plain;
  }
  return Object.fromEntries(entries.map(([key, member]) => [key, decrypted(member, crypter, found)]));
}

/** `a:b[0].c` -> `a:b`, 0, `c`. A key in brackets may be quoted. */
export function pathOf(key: string): (string | number)[] {
  const path: (string | number)[] = [];
  for (const match of key.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g)) {
    const [, index, quoted, name] = match;
    path.push(index === undefined ? (quoted ?? name ?? "") : Number(index));
  }
  return path;
}

function setPath(config: Record<string, unknown>, entry: ConfigEntry, crypter: Crypter): void {
  const path = pathOf(entry.key);
  let value = entry.value;
  if (entry.secret === true) {
    if (typeof value !== "string") {
      throw new Error(`${entry.key}: only a text can be secret`);
    }
    value = { secure: crypter.encrypt(value) };
  }
  assign(config, path, value, entry.key);
}

function assign(target: object, path: readonly (string | number)[], value: unknown, key: string): void {
  const [head, ...rest] = path;
  if (head === undefined || (typeof head === "number") !== Array.isArray(target)) {
    throw new Error(`${key}: the path does not fit what the configuration holds there`);
  }
  if (rest.length === 0) {
    Reflect.set(target, head, value);
    return;
  }
  const present: unknown = Reflect.get(target, head);
  if (typeof present === "object" && present !== null) {
    assign(present, rest, value, key);
    return;
  }
  const made = typeof rest[0] === "number" ? [] : {};
  Reflect.set(target, head, made);
  assign(made, rest, value, key);
}
