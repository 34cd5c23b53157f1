/** A machine over SSH becomes a host. */
import { createHash } from "node:crypto";
import * as command from "@pulumi/command/remote/index.js";
import type * as inputs from "@pulumi/command/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import type { SshEndpointConfig, SshHostConfig } from "../config.ts";
import { setupScript } from "./host/archive.ts";
import { hostFiles } from "./host/files.ts";
import { registrationInput } from "./host/registration.ts";
import type { HostSettings } from "./host/settings.ts";

const LIBRARY = "/usr/local/lib/buildx-runners";

export interface SshHostArgs {
  readonly host: SshHostConfig;
  readonly settings: HostSettings;
  /** Runner tokens by the name of their entry. Secret. */
  readonly tokens: pulumi.Input<Readonly<Record<string, string>>>;
}

/**
 * Sets a machine up, registers its runner managers, and undoes both on deletion.
 *
 * Two commands: the set-up carries no secret, so that its change can be read in a preview; tokens travel apart, by
 * standard input, and stand in no argument, no log and no error message.
 *
 * @example
 * new SshHost("linux-10.0.0.5", { host, settings, tokens }, { parent: fleet });
 * @see https://www.pulumi.com/registry/packages/command/api-docs/remote/command/
 */
export class SshHost extends pulumi.ComponentResource {
  /** Last line of the set-up's output: what changed. */
  readonly summary: pulumi.Output<string>;

  constructor(name: string, args: SshHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:SshHost", name, {}, opts);
    const connection = connectionOf(args.host);
    const script = setupScript(hostFiles(args.settings));
    // A machine that is gone can run nothing: its commands are then dropped from the state without being run.
    const options = { parent: this, retainOnDelete: args.host.gone };
    // Only another machine replaces: a replacement ends with the old command's `delete`, which takes a host down.
    const triggers = [`${args.host.address}:${args.host.port}`];

    const setup = new command.Command(
      `${name}-setup`,
      {
        connection,
        create: "sudo -n /bin/bash -s",
        stdin: script,
        delete: `sudo -n ${LIBRARY}/teardown.sh`,
        triggers,
        addPreviousOutputInEnv: false,
      },
      options,
    );
    new command.Command(
      `${name}-register`,
      {
        connection,
        // The comment makes a change of the files reach the managers, too.
        create: `sudo -n ${LIBRARY}/register.sh # for ${fingerprint(script)}`,
        stdin: pulumi
          .secret(args.tokens)
          .apply((tokens) => registrationInput(entriesOf(args.settings, tokens))),
        delete: `sudo -n ${LIBRARY}/register.sh --remove`,
        triggers,
        addPreviousOutputInEnv: false,
      },
      { ...options, dependsOn: setup, additionalSecretOutputs: ["stdin"] },
    );

    this.summary = setup.stdout.apply((output) => output.trimEnd().split("\n").at(-1) ?? "");
    this.registerOutputs({ summary: this.summary });
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

const fingerprint = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

function endpointOf(endpoint: SshEndpointConfig): inputs.remote.ProxyConnectionArgs {
  return {
    host: endpoint.address,
    port: endpoint.port,
    user: endpoint.user,
    hostKey: endpoint.hostKey,
    ...(endpoint.privateKey ? { privateKey: pulumi.secret(endpoint.privateKey.reveal()) } : {}),
    ...(endpoint.privateKey === undefined && process.env.SSH_AUTH_SOCK !== undefined
      ? { agentSocketPath: process.env.SSH_AUTH_SOCK }
      : {}),
    // A fresh VM may need a minute for its SSH server; a wrong address is known after this much.
    dialErrorLimit: 12,
    perDialTimeout: 15,
  };
}

export function connectionOf(host: SshHostConfig): inputs.remote.ConnectionArgs {
  return { ...endpointOf(host), ...(host.bastion ? { proxy: endpointOf(host.bastion) } : {}) };
}
