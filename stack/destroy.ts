/** `npm run stack:destroy`: takes a stack down, after it was said what that means. */
import { createInterface } from "node:readline/promises";
import { UsageError } from "../command-line.ts";
import { gitlabUrlOf, parseConfig } from "../config.ts";
import { type ConfigValue, type StackEngine, StackError } from "./engine.ts";
import { farewell, farewellText } from "./farewell.ts";
import { openStack } from "./open.ts";

export interface DestroyOptions {
  readonly name: string;
  /** The stack's name again; a person is asked for it unless set. */
  readonly confirm?: string | undefined;
  /** Directory of Pulumi.yaml. */
  readonly directory: string;
  /** Opens the stack; the engine of this computer unless set. */
  readonly open?: typeof openStack;
  readonly say?: (text: string) => void;
  /** Asks a person, where there is one. */
  readonly ask?: (question: string) => Promise<string>;
}

type Values = Readonly<Record<string, ConfigValue>>;

const NAMESPACE = "buildx-runners:";

/** Our own values, keys without their namespace; what is no JSON stays the text it is. */
function ownValues(values: Values): Record<string, unknown> {
  const own = Object.entries(values).filter(([key]) => key.startsWith(NAMESPACE));
  return Object.fromEntries(
    own.map(([key, { value }]) => {
      try {
        return [key.slice(NAMESPACE.length), JSON.parse(value) as unknown];
      } catch {
        return [key.slice(NAMESPACE.length), value];
      }
    }),
  );
}

/** What to do about a protected stack, in order. */
const unprotect = (name: string): string =>
  `npm run pulumi -- config set buildx-runners:protect false --stack ${name}\n  npm run pulumi -- up --stack ${name}\n  npm run stack:destroy -- ${name}`;

const protectedError = (name: string, cause?: unknown): UsageError =>
  new UsageError(
    `stack ${name} is protected; nothing was changed. To destroy it, run:\n  ${unprotect(name)}`,
    { cause },
  );

function announcement(name: string, values: Values): string {
  const own = parseConfig(ownValues(values));
  if ("problems" in own)
    return `Destroying stack ${name} removes everything that its last update created. There is no list of it, because the configuration has a mistake:\n  - ${own.problems.join("\n  - ")}`;
  const gitlabUrl = gitlabUrlOf(values["gitlab:baseUrl"]?.value);
  return farewellText(name, farewell({ ...own.config, stack: name, gitlabUrl }));
}

async function askHere(question: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new UsageError(
      "there is no terminal to ask for confirmation: repeat the stack's name with --confirm",
    );
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

/** A host that no longer exists stops the destruction, because its teardown cannot run. */
const UNREACHABLE = /dial|unreachable|timed? ?out|ECONN|EHOST|no route|connection (?:refused|reset|failed)/i;

async function destroy(name: string, engine: StackEngine): Promise<number> {
  try {
    return (await engine.destroy()).changes.length;
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    if (/is protected|marked for protection|cannot be deleted.*protect/is.test(error.message))
      throw protectedError(name, error);
    if (!UNREACHABLE.test(error.message)) throw error;
    throw new UsageError(
      `${error.message}\nIf a machine no longer exists, set gone: true for it in Pulumi.${name}.yaml, run npm run pulumi -- up --stack ${name}, then destroy again. Resources that are already destroyed stay destroyed.`,
      { cause: error },
    );
  }
}

/**
 * Says what goes and what stays, asks for the stack's name, takes the stack down, and looks whether anything is left.
 *
 * @throws {UsageError} for a protected stack, and without the right name, with nothing changed.
 * @throws {StackError} where the engine could not finish; the next run goes on from there.
 */
export async function destroyStack(options: DestroyOptions): Promise<void> {
  const { name, directory, open = openStack, say = console.log, ask = askHere } = options;
  const engine = await open({ stack: name, directory, onOutput: say });
  const values = await engine.config();
  if (values[`${NAMESPACE}protect`]?.value === "true") throw protectedError(name);
  say(announcement(name, values));
  const answer = options.confirm ?? (await ask(`Enter the stack's name to destroy it (${name}): `));
  if (answer.trim() !== name)
    throw new UsageError(`"${answer.trim()}" is not the stack's name, ${name}; nothing was changed`);
  const gone = await destroy(name, engine);
  // Destroys anything that is still in the state.
  const left = await destroy(name, engine);
  if (left > 0)
    throw new UsageError(
      `stack ${name} still had ${left} resources after it was destroyed; list them with npm run pulumi -- stack --stack ${name}`,
    );
  say(
    `Destroyed stack ${name}: ${gone} resources; its state is empty. To remove its history and its file as well:\n  npm run pulumi -- stack rm ${name}\n  git rm Pulumi.${name}.yaml   and its entry in delivery.yaml; then npm run render:self`,
  );
}
