import { randomBytes } from "node:crypto";
import type { provider } from "@pulumi/pulumi";
import { changedProperties, nameIn, typeIn, type Wire, type WireObject } from "../wire.ts";
import type { RunContext } from "./connection.ts";
import { type CommandOutputs, check, localCommandSchema, remoteCommandSchema } from "./inputs.ts";
import { runLocally } from "./local.ts";
import { runRemotely } from "./remote.ts";

/** Tells the engine a line that a command printed, and the resource it belongs to. */
export type Say = (urn: string, line: string) => void;

/** Runs one command of a resource. */
type Runner = (
  command: string,
  inputs: WireObject,
  previous: CommandOutputs,
  run: RunContext,
) => Promise<CommandOutputs>;

const outputNames = ["stdout", "stderr"];
const nothingPrinted: CommandOutputs = { stdout: "", stderr: "" };

const schemas = {
  "command:remote:Command": remoteCommandSchema,
  "command:local:Command": localCommandSchema,
};

const runners: Readonly<Record<keyof typeof schemas, Runner>> = {
  "command:remote:Command": (command, inputs, _previous, run) =>
    runRemotely(command, remoteCommandSchema.parse(inputs), run),
  "command:local:Command": (command, inputs, previous, run) =>
    runLocally(command, localCommandSchema.parse(inputs), previous, run),
};

/**
 * The lab's provider of the package `command`: what the published one (@pulumi/command 1.2.1) does, for the resources
 * that this project uses.
 *
 * It takes plain values: see `serve`.
 */
export class CommandProvider implements provider.Provider {
  readonly version = "1.2.1";
  readonly #say: Say;
  readonly #cancellation = new AbortController();

  constructor(say: Say) {
    this.#say = say;
  }

  async check(urn: string, _olds: WireObject, news: WireObject): Promise<provider.CheckResult> {
    return check(schemas[typeOf(urn)], news);
  }

  async diff(_id: string, _urn: string, olds: WireObject, news: WireObject): Promise<provider.DiffResult> {
    const changed = changedProperties(inputsIn(olds), news);
    return { changes: changed.length > 0, replaces: changed.filter((name) => name === "triggers") };
  }

  async create(urn: string, inputs: WireObject): Promise<provider.CreateResult> {
    const id = `${nameIn(urn)}${randomBytes(4).toString("hex")}`;
    const printed = await this.#run(urn, inputs.create, inputs, nothingPrinted);
    return { id, outs: { ...inputs, ...printed } };
  }

  async update(_id: string, urn: string, olds: WireObject, news: WireObject): Promise<provider.UpdateResult> {
    const printed = await this.#run(urn, news.update ?? news.create, news, printedIn(olds));
    return { outs: { ...news, ...printed } };
  }

  /** There is nothing to look at: the state is what was recorded. */
  async read(id: string, _urn: string, props: WireObject): Promise<provider.ReadResult> {
    return { id, props, inputs: inputsIn(props) };
  }

  async delete(_id: string, urn: string, props: WireObject): Promise<void> {
    await this.#run(urn, props.delete, inputsIn(props), printedIn(props));
  }

  /** Ends local commands, and the waiting for a connection. */
  async cancel(): Promise<void> {
    this.#cancellation.abort();
  }

  async #run(
    urn: string,
    command: Wire | undefined,
    inputs: WireObject,
    previous: CommandOutputs,
  ): Promise<CommandOutputs> {
    if (typeof command !== "string") {
      return previous;
    }
    const run = { say: (line: string) => this.#say(urn, line), signal: this.#cancellation.signal };
    return await runners[typeOf(urn)](command, inputs, previous, run);
  }
}

function typeOf(urn: string): keyof typeof schemas {
  const type = typeIn(urn);
  if (type in schemas) {
    return type as keyof typeof schemas;
  }
  throw new Error(
    `the lab's command provider has no resource ${type}; it has ${Object.keys(schemas).join(", ")}`,
  );
}

function inputsIn(outputs: WireObject): WireObject {
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => !outputNames.includes(name)));
}

function printedIn(outputs: WireObject): CommandOutputs {
  const { stdout, stderr } = outputs;
  return {
    stdout: typeof stdout === "string" ? stdout : "",
    stderr: typeof stderr === "string" ? stderr : "",
  };
}
