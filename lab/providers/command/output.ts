import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { CommandOutputs, Logging } from "./inputs.ts";

/** Collects what a command prints, and shows it line by line as its `logging` asks for. */
export class CommandLog {
  readonly #say: (line: string) => void;
  readonly #logging: Logging;
  #stdout = "";
  #stderr = "";
  #both = "";

  constructor(logging: Logging | undefined, say: (line: string) => void) {
    this.#logging = logging ?? "stdoutAndStderr";
    this.#say = say;
  }

  /** Follows the two streams; to be called before they flow. */
  follow(stdout: Readable, stderr: Readable): void {
    this.#follow(stdout, this.#logging === "stdout" || this.#logging === "stdoutAndStderr", (text) => {
      this.#stdout += text;
    });
    this.#follow(stderr, this.#logging === "stderr" || this.#logging === "stdoutAndStderr", (text) => {
      this.#stderr += text;
    });
  }

  get outputs(): CommandOutputs {
    return { stdout: this.#stdout.replace(/\n$/, ""), stderr: this.#stderr.replace(/\n$/, "") };
  }

  /** The published provider's message: the whole command and everything it printed, whatever `logging` says. */
  failure(reason: string, command: string): Error {
    return new Error(`${reason}: running ${JSON.stringify(command)}:\n${this.#both}`);
  }

  #follow(stream: Readable, isShown: boolean, keep: (text: string) => void): void {
    const decoder = new StringDecoder("utf8");
    let line = "";
    const take = (text: string) => {
      keep(text);
      this.#both += text;
      if (!isShown) {
        return;
      }
      const lines = (line + text).split("\n");
      line = lines.pop() ?? "";
      lines.forEach(this.#say);
    };
    stream.on("data", (chunk: Buffer) => take(decoder.write(chunk)));
    stream.on("end", () => {
      take(decoder.end());
      if (isShown && line !== "") {
        this.#say(line);
      }
    });
  }
}

/** The environment with the last run's output in it, unless the resource says otherwise. */
export function withPreviousOutput(
  inputs: { readonly addPreviousOutputInEnv?: boolean | undefined },
  previous: CommandOutputs,
): Record<string, string> {
  if (inputs.addPreviousOutputInEnv === false) {
    return {};
  }
  return {
    ...(previous.stdout === "" ? {} : { PULUMI_COMMAND_STDOUT: previous.stdout }),
    ...(previous.stderr === "" ? {} : { PULUMI_COMMAND_STDERR: previous.stderr }),
  };
}
