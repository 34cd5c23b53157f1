/** A new stack's files, copied from those of an existing one: text in, text out. */
import { isMap, isScalar, isSeq, Pair, parseDocument, Scalar, visit, type YAMLMap } from "yaml";
import { UsageError } from "../command-line.ts";
import { slug } from "../config/fields.ts";
import { fillIn } from "../config/fill-in.ts";
import type { DeploymentTier } from "../pipeline/model.ts";
import type { Treatment } from "../runner/fleets/kind.ts";
import { PER_STACK } from "./per-stack.ts";

export interface NewStackOptions {
  readonly name: string;
  /** The stack whose file is taken for a pattern. */
  readonly from: string;
  readonly tier: DeploymentTier;
}

export interface NewStack {
  /** Content of the new `Pulumi.<name>.yaml`. */
  readonly text: string;
  /** Keys that a person fills in. */
  readonly open: readonly string[];
  /** A command for each secret, none of which is copied. */
  readonly commands: readonly string[];
  /** The key management service that encrypts secrets of `from`; undefined with a passphrase. */
  readonly secretsProvider: string | undefined;
}

/**
 * @throws {UsageError} where no stack may be called so: names become names of jobs, environments and runner tags.
 * @see https://docs.gitlab.com/ci/yaml/#environmentname
 */
export function checkName(name: string): void {
  const parsed = slug.safeParse(name);
  if (!parsed.success)
    throw new UsageError(
      `"${name}" cannot be the name of a stack: ${parsed.error.issues.map(({ message }) => message).join("; ")}. GitLab environments and jobs, runner tags and cloud accounts are named after it.`,
    );
}

/** Words in names, by the tier that they mean; staging first, because pre-prod is not production. */
const WORDS: readonly (readonly [DeploymentTier, readonly string[]])[] = [
  ["staging", ["staging", "stage", "stg", "preprod", "pre", "nonprod", "non", "model", "demo"]],
  ["production", ["production", "prod", "prd", "live"]],
  ["testing", ["testing", "test", "tst", "qa", "qc", "acceptance", "integration"]],
  ["development", ["development", "dev", "review", "sandbox", "trunk"]],
];

/**
 * A guess, as GitLab makes one from an environment's name; from whole words, so that nonprod is no production.
 * @see https://docs.gitlab.com/ci/environments/#deployment-tier-of-environments
 * @example
 * tierOf("prod-eu"); // "production"
 */
export function tierOf(name: string): DeploymentTier {
  const words = name.toLowerCase().split(/[^a-z]+/);
  return WORDS.find(([, known]) => words.some((word) => known.includes(word)))?.[0] ?? "other";
}

/** `fleets[0].tags[1]` -> `fleets[].tags[]`: how the table calls it. */
const patternOf = (key: string): string => key.replace(/\[\d+\]/g, "[]");

const textOf = (node: unknown): string => (isScalar(node) ? String(node.value) : String(node));

const withoutNamespace = (key: string): string => key.replace(/^buildx-runners:/, "");

const isSecret = (node: unknown): boolean =>
  isMap(node) && node.items.length === 1 && textOf(node.items[0]?.key) === "secure";

const joined = (...comments: (string | null | undefined)[]): string =>
  comments.filter((comment) => typeof comment === "string" && comment !== "").join("\n");

/** Takes a pair out. What was written above it stays, with a comment more: above the next one, or at the end. */
function remove(map: YAMLMap, index: number, comment?: string): void {
  const [gone] = map.items.splice(index, 1);
  const said = joined(isScalar(gone?.key) ? gone.key.commentBefore : undefined, comment);
  if (said === "") return;
  const next = map.items[index];
  // A mapping on one line has no room for it.
  map.flow = false;
  if (next && isScalar(next.key)) next.key.commentBefore = joined(said, next.key.commentBefore);
  else map.comment = joined(map.comment, said);
}

class Copy {
  readonly open: string[] = [];
  readonly commands: string[] = [];
  readonly #options: NewStackOptions;

  constructor(options: NewStackOptions) {
    this.#options = options;
  }

  visitMap(map: YAMLMap, prefix: string): void {
    for (const pair of [...map.items]) {
      const index = map.items.indexOf(pair);
      const name = textOf(pair.key);
      const key = prefix === "" ? name : `${prefix}.${name}`;
      const treatment = PER_STACK[patternOf(withoutNamespace(key))];
      if (isSecret(pair.value)) remove(map, index, this.#secret(key));
      else if (treatment && "drop" in treatment) remove(map, index);
      else this.#visitPair(pair, key, treatment);
    }
  }

  #visitPair(pair: Pair, key: string, treatment: Treatment | undefined): void {
    const { value } = pair;
    if (treatment && isScalar(value)) value.value = this.#treated(key, value.value, treatment);
    else if (isMap(value)) this.visitMap(value, key);
    else if (isSeq(value))
      for (const [index, item] of value.items.entries()) {
        const place = `${key}[${index}]`;
        const own = PER_STACK[patternOf(withoutNamespace(place))];
        if (own && isScalar(item)) item.value = this.#treated(place, item.value, own);
        else if (isMap(item)) this.visitMap(item, place);
      }
  }

  #treated(key: string, value: unknown, treatment: Treatment): unknown {
    const { name, from } = this.#options;
    if ("suffix" in treatment) {
      const tag = `${String(value).replace(new RegExp(`-${from}$`), "")}-${name}`;
      return tag.length <= LONGEST_TAG ? tag : this.#ask(key, "a tag that no runner of another stack has");
    }
    if ("set" in treatment) return treatment.set;
    return "ask" in treatment ? this.#ask(key, treatment.ask.replaceAll("NAME", name)) : value;
  }

  #ask(key: string, what: string): string {
    this.open.push(key);
    return fillIn(what);
  }

  /** The comment that stands in the place of a secret. */
  #secret(key: string): string {
    const isPath = /[.[]/.test(withoutNamespace(key));
    const input = key.endsWith(".privateKey") ? " < ~/.ssh/id_ed25519" : "";
    const command = `pulumi config set --stack ${this.#options.name} --secret ${isPath ? `--path '${key}'` : key}${input}`;
    this.commands.push(command);
    return ` ${command}`;
  }
}

/** GitLab's runners have longer ones; a level's name is appended. */
const LONGEST_TAG = 64;

/** A key that encrypts one stack's secrets cannot decrypt another's. */
const ENCRYPTION = ["encryptionsalt", "encryptedkey", "secretsprovider"] as const;

function refuseAliases(document: ReturnType<typeof parseDocument>, file: string): void {
  visit(document, {
    Alias: (_, { source }) => {
      throw new UsageError(
        `${file} has the YAML alias *${source}, which cannot be copied safely: write its value out there`,
      );
    },
  });
}

function protect(config: YAMLMap): void {
  const key = "buildx-runners:protect";
  config.delete(key);
  const pair = new Pair(new Scalar(key), true);
  pair.key.commentBefore = " To delete a resource, first set this to false and run `up`.";
  pair.key.spaceBefore = true;
  config.items.push(pair);
}

/** The library indents a comment behind a list as if it belonged to the last item; it belongs where it stood. */
function asIndented(text: string, original: string): string {
  const isComment = (line: string) => line.trimStart().startsWith("#");
  const comments = Map.groupBy(original.split("\n").filter(isComment), (line) => line.trimStart());
  return text
    .split("\n")
    .map((line) => (isComment(line) ? (comments.get(line.trimStart())?.shift() ?? line) : line))
    .join("\n");
}

/** Says at the top what is left to do, behind the line that editors read. */
function withHeader(text: string, { name, from }: NewStackOptions): string {
  const lines = text.split("\n");
  const own = [
    `# Stack ${name}, made from Pulumi.${from}.yaml by npm run stack:new. Replace each <fill in: …>, and set the`,
    "# secrets with the commands that stand in their places. This command lists what is missing:",
    "#",
    `#   npm run render -- --stack ${name} --out rendered`,
  ];
  const editors = lines.findIndex((line) => line.startsWith("# yaml-language-server:"));
  if (lines[editors + 1] !== "#") own.push("#");
  const pattern = new RegExp(`^(\\s*#.*--stack )${from}(?![A-Za-z0-9-])`);
  return lines
    .map((line) => line.replace(pattern, `$1${name}`))
    .toSpliced(editors + 1, 0, ...own)
    .join("\n");
}

/**
 * The file of a stack that differs from another one in all that two stacks cannot share. Comments stay.
 *
 * @param text of `Pulumi.<from>.yaml`.
 * @throws {UsageError} where it cannot be copied.
 */
export function newStackFile(text: string, options: NewStackOptions): NewStack {
  const file = `Pulumi.${options.from}.yaml`;
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw new UsageError(`${file} is not YAML: ${error.message}`);
  const { contents } = document;
  const config = document.get("config");
  if (!isMap(contents) || !isMap(config)) throw new UsageError(`${file} has no configuration`);
  refuseAliases(document, file);
  const secretsProvider = document.get("secretsprovider");
  for (const key of ENCRYPTION) {
    const index = contents.items.findIndex((pair) => textOf(pair.key) === key);
    if (index >= 0) remove(contents, index);
  }
  const copy = new Copy(options);
  copy.visitMap(config, "");
  if (options.tier === "production") protect(config);
  return {
    text: withHeader(
      asIndented(document.toString({ lineWidth: 0, flowCollectionPadding: false }), text),
      options,
    ),
    open: copy.open,
    commands: copy.commands,
    secretsProvider:
      typeof secretsProvider === "string" && secretsProvider !== "passphrase" ? secretsProvider : undefined,
  };
}

/**
 * delivery.yaml with one more environment, behind the one that it was made from: changes travel that way.
 *
 * @param text of delivery.yaml, as it is.
 * @throws {UsageError} where it has that environment already.
 */
export function withEnvironment(text: string, { name, from, tier }: NewStackOptions): string {
  const document = parseDocument(text);
  const environments = document.get("environments");
  if (document.errors.length > 0 || !isSeq(environments))
    throw new UsageError("delivery.yaml has no list of environments: add environments: []");
  const stacks = environments.items.map((item) => (isMap(item) ? item.get("stack") : undefined));
  if (stacks.includes(name)) throw new UsageError(`delivery.yaml already has an environment ${name}`);
  const at = stacks.indexOf(from);
  const entry = { stack: name, tier, ...(tier === "production" ? { manual: true } : {}) };
  environments.items.splice(at === -1 ? stacks.length : at + 1, 0, document.createNode(entry));
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
