/** `npm run stack:new`: a new stack's file, its environment, and the pipeline that updates it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../command-line.ts";
import { DELIVERY_FILE, parseDelivery, stackFile } from "../delivery/config.ts";
import { PIPELINE_FILE, pipelineText } from "../delivery/render.ts";
import type { DeploymentTier } from "../pipeline/model.ts";
import {
  checkName,
  type NewStack,
  type NewStackOptions,
  newStackFile,
  tierOf,
  withEnvironment,
} from "./new.ts";
import { writeTogether } from "./write-together.ts";

export interface CreateOptions {
  readonly name: string;
  readonly from: string;
  /** A guess by the name unless set. */
  readonly tier?: DeploymentTier | undefined;
  /** The repository's root. */
  readonly directory: string;
}

const stacksIn = (directory: string): string[] =>
  readdirSync(directory).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);

function readPattern({ name, from, directory }: CreateOptions): string {
  if (existsSync(join(directory, stackFile(name))))
    throw new UsageError(`${stackFile(name)} already exists; nothing was changed`);
  const path = join(directory, stackFile(from));
  if (existsSync(path)) return readFileSync(path, "utf8");
  throw new UsageError(
    `${stackFile(from)} does not exist, so it cannot be copied to ${name}; existing stacks: ${stacksIn(directory).join(", ")}`,
  );
}

/** What is left to do, in order. */
function nextSteps({ name, tier }: NewStackOptions, { open, commands, secretsProvider }: NewStack): string {
  const provider = secretsProvider === undefined ? "" : ` --secrets-provider '${secretsProvider}'`;
  const steps = [
    `set these keys in ${stackFile(name)}:\n${open.map((key) => `       ${key}`).join("\n")}`,
    `create its state: pulumi stack init ${name}${provider}`,
    ...(commands.length > 0
      ? [`set its secrets, which are not copied:\n${commands.map((line) => `       ${line}`).join("\n")}`]
      : []),
    `check what the stack would write: npm run render -- --stack ${name} --out rendered`,
    `in GitLab, protect the environment ${name}, and set its variables`,
    `commit ${stackFile(name)}, ${DELIVERY_FILE} and ${PIPELINE_FILE} on a branch, and open a merge request: its note shows what the stack would do`,
  ];
  return [
    `Wrote ${stackFile(name)} (tier ${tier}), and ${DELIVERY_FILE} and ${PIPELINE_FILE} with an environment for it. Next:`,
    ...steps.map((step, index) => `  ${index + 1}. ${step}`),
  ].join("\n");
}

/**
 * Writes a new stack's files, or none of them.
 *
 * @returns what is left to do, for a person.
 * @throws {UsageError} naming what is in the way; nothing was changed then.
 *
 * @example
 * console.log(createStack({ name: "prod", from: "dev", directory: "." }));
 */
export function createStack(options: CreateOptions): string {
  const { name, from, directory } = options;
  checkName(name);
  const pattern = readPattern(options);
  const wanted: NewStackOptions = { name, from, tier: options.tier ?? tierOf(name) };
  const made = newStackFile(pattern, wanted);
  const delivery = join(directory, DELIVERY_FILE);
  if (!existsSync(delivery)) throw new UsageError(`${delivery} does not exist; nothing was changed`);
  const environments = withEnvironment(readFileSync(delivery, "utf8"), wanted);
  const isThere = (file: string) => file === stackFile(name) || existsSync(join(directory, file));
  const pipeline = pipelineText(parseDelivery(environments, isThere));
  writeTogether([
    { path: join(directory, stackFile(name)), content: made.text, isNew: true },
    { path: delivery, content: environments },
    { path: join(directory, PIPELINE_FILE), content: pipeline },
  ]);
  return nextSteps(wanted, made);
}
