/** A machine over SSH becomes a host. */
import { createHash } from "node:crypto";
import * as command from "@pulumi/command/remote/index.js";
import type * as inputs from "@pulumi/command/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import { LIBRARY } from "../../host/addresses.ts";
import { setupScript } from "../../host/archive.ts";
import { hostFiles } from "../../host/files.ts";
import { registrationInput } from "../../host/registration.ts";
import { type HostSettings, ownerOf } from "../../host/settings.ts";
import { shellWord } from "../../host/shell-text.ts";
import { type HostCommands, hostCommands } from "./commands.ts";
import type { SshEndpointConfig, SshHostConfig } from "./schema.ts";

export interface SshHostArgs {
  readonly host: SshHostConfig;
  readonly settings: HostSettings;
}

/**
 * Sets a machine up, and undoes it on deletion.
 *
 * Two commands, one here and one in {@link SshHost.register}: the set-up carries no secret, so that its change can be
 * read in a preview, and it succeeds before GitLab hears of a runner.
 *
 * @example
 * const host = new SshHost("linux-10.0.0.5", { host, settings }, { parent: fleet });
 * host.register(tokens);
 * @see https://www.pulumi.com/registry/packages/command/api-docs/remote/command/
 */
export class SshHost extends pulumi.ComponentResource {
  readonly address: string;
  /** What the set-up said, and the commands that show the host. */
  readonly commands: pulumi.Output<HostCommands>;
  /**
   * The set-up. Depend on this and not on the component: that has the registration too, which waits for tokens, and so
   * for whatever waits for the host.
   */
  readonly setup: command.Command;
  readonly #name: string;
  readonly #settings: HostSettings;
  readonly #script: string;
  readonly #common: Pick<command.CommandArgs, "connection" | "triggers" | "addPreviousOutputInEnv">;
  readonly #options: pulumi.CustomResourceOptions;

  constructor(name: string, args: SshHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:SshHost", name, {}, opts);
    this.#name = name;
    this.#settings = args.settings;
    this.#script = setupScript(hostFiles(args.settings));
    this.#common = {
      connection: connectionOf(args.host),
      // Only another machine replaces: a replacement ends with the old command's `delete`, which takes a host down.
      triggers: [`${args.host.address}:${args.host.port}`],
      addPreviousOutputInEnv: false,
    };
    // A machine that is gone can run nothing: its commands are then dropped from the state without being run.
    this.#options = {
      parent: this,
      retainOnDelete: args.host.gone,
      ...(args.host.gone ? { ignoreChanges: COMMAND_INPUTS } : {}),
    };

    this.setup = new command.Command(
      `${name}-setup`,
      {
        ...this.#common,
        create: "sudo -n /bin/bash -s",
        stdin: this.#script,
        delete: unlessGone("teardown.sh", ownerOf(args.settings)),
      },
      this.#options,
    );
    this.address = args.host.address;
    this.commands = this.setup.stdout.apply((output) => hostCommands(args.host, output));
    this.registerOutputs({ commands: this.commands });
  }

  /**
   * Gives the runner managers their tokens: by standard input, so that they stand in no argument, no log and no error
   * message. On deletion the managers end their running jobs, and forget the tokens.
   *
   * @param tokens by the name of the runner's entry.
   */
  register(tokens: pulumi.Input<Readonly<Record<string, string>>>): command.Command {
    return new command.Command(
      `${this.#name}-register`,
      {
        ...this.#common,
        // The comment makes a change of the files reach the managers, too.
        create: `sudo -n ${LIBRARY}/register.sh # for ${fingerprint(this.#script)}`,
        stdin: pulumi.secret(tokens).apply((known) => registrationInput(entriesOf(this.#settings, known))),
        delete: unlessGone("register.sh --remove", ownerOf(this.#settings)),
      },
      { ...this.#options, dependsOn: this.setup, additionalSecretOutputs: ["stdin"] },
    );
  }
}

function entriesOf(
  settings: HostSettings,
  tokens: Readonly<Record<string, string>>,
): { name: string; token: string }[] {
  return settings.runners.map(({ name }) => {
    const token = tokens[name];
    if (token === undefined) throw new Error(`runner ${name} has no token; this is a mistake in the program`);
    return { name, token };
  });
}

/** All of which a change would be carried out on the machine. */
const COMMAND_INPUTS = ["addPreviousOutputInEnv", "connection", "create", "delete", "stdin", "triggers"];

/** Undoes what this stack did: not what a person has undone, nor what another stack has done since. */
const unlessGone = (command: string, owner: string): string =>
  `[ ! -e ${LIBRARY}/lib.sh ] || sudo -n ${LIBRARY}/${command} ${shellWord(owner)}`;

const fingerprint = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

function endpointOf(endpoint: SshEndpointConfig): inputs.remote.ProxyConnectionArgs {
  return {
    host: endpoint.address,
    port: endpoint.port,
    user: endpoint.user,
    hostKey: endpoint.hostKey,
    ...(endpoint.privateKey ? { privateKey: pulumi.secret(endpoint.privateKey.reveal()) } : {}),
    ...(endpoint.privateKeyPassword
      ? { privateKeyPassword: pulumi.secret(endpoint.privateKeyPassword.reveal()) }
      : {}),
    // The provider reads SSH_AUTH_SOCK itself: as an input it would change with every login of the person.
    // A fresh VM may need a minute for its SSH server; a wrong address is known after this much.
    dialErrorLimit: 12,
    perDialTimeout: 15,
  };
}

export function connectionOf(host: SshHostConfig): inputs.remote.ConnectionArgs {
  return { ...endpointOf(host), ...(host.bastion ? { proxy: endpointOf(host.bastion) } : {}) };
}
