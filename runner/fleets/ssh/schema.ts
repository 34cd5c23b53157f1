/** The schema of `hosts`: machines that are reached over SSH. */
import { z } from "zod";
import { hostAddress, hostKey, hostOwner, secret, unixUser } from "../../../config/fields.ts";
import { PLACEHOLDER, type Secret } from "../../../config/secret.ts";
import { readPrivateKey, UnusableKey } from "./keys.ts";

const port = z.int().min(1).max(65535).default(22);

const sshEndpoint = {
  address: hostAddress.describe("Host name or IP address."),
  port: port.describe("SSH port."),
  user: unixUser.describe("SSH user; needs passwordless sudo on the host itself."),
  hostKey: hostKey.describe("Public host key, 'ssh-ed25519 AAAA…': a host with another key is refused."),
  privateKey: secret
    .optional()
    .describe("Private key in OpenSSH format; without it, the SSH agent's keys are used."),
  privateKeyPassword: secret.optional().describe("Passphrase of an encrypted private key."),
};

/** A private key that `pulumi up` could not read would be found out on the first host, after its runner was made. */
function requireUsableKey(
  {
    privateKey,
    privateKeyPassword,
  }: { privateKey?: Secret | undefined; privateKeyPassword?: Secret | undefined },
  context: z.core.$RefinementCtx,
): void {
  if (privateKey === undefined || privateKey.reveal() === PLACEHOLDER) return;
  try {
    readPrivateKey(privateKey.reveal(), privateKeyPassword?.reveal());
  } catch (error) {
    if (!(error instanceof UnusableKey)) throw error;
    context.addIssue({ code: "custom", path: ["privateKey"], message: error.advice });
  }
}

const bastion = z
  .strictObject(sshEndpoint)
  .superRefine(requireUsableKey)
  .describe("Jump host: it only forwards TCP, and no command is run on it.");

const sshHost = z
  .strictObject({
    ...sshEndpoint,
    bastion: bastion.optional(),
    gone: z
      .boolean()
      .default(false)
      .describe(
        "The machine no longer exists: set this, run `pulumi up`, then remove the entry. No command is run on the machine.",
      ),
    takeOver: hostOwner
      .optional()
      .describe(
        "Stack and fleet that have set the machine up, such as dev/linux: this fleet takes it over with its data, and their teardown leaves it as it is.",
      ),
  })
  .superRefine(requireUsableKey);

export const sshHostsSchema = z.array(sshHost).min(1).describe("Machines that are reached over SSH.");

/** What two hosts of the same machine have in common. */
export const machineOf = ({
  address,
  port,
  bastion,
}: {
  readonly address: string;
  readonly port: number;
  readonly bastion?: { readonly address: string } | undefined;
}): string => `${bastion?.address ?? ""} ${address.toLowerCase()}:${port}`;

export type SshHostConfig = z.output<typeof sshHost>;
export type SshEndpointConfig = z.output<typeof bastion>;
