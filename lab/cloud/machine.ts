import type { LabCa } from "../ca.ts";
import { type Machine, type MachineOptions, startMachine } from "../machine/index.ts";
import { instanceOf } from "../machine/instance.ts";
import { Cloud, controlSocketOf } from "./control.ts";
import { installGuestEnvironment } from "./guest-agent.ts";
import { addresses } from "./network.ts";
import type { CloudState, Patch } from "./state.ts";

export interface CloudMachineOptions
  extends Pick<MachineOptions, "archive" | "instance" | "wait" | "progress"> {
  /** Signs Secret Manager's certificate; the machine's settings must have it trusted. */
  readonly ca: LabCa;
  /** What the cloud knows of the machine when it boots, over `initialState`. */
  readonly state?: Patch<CloudState>;
  /** Changes the machine's files or its cloud before its first boot. */
  readonly prepare?: (rootDirectory: string, cloud: Cloud) => Promise<void>;
}

/** A machine as Google's cloud makes it from its image of Debian, and the cloud around it. */
export interface CloudMachine {
  readonly machine: Machine;
  readonly cloud: Cloud;
}

/**
 * Boots the lab's stock root file system as a cloud's machine: with Google's guest environment, a metadata server and
 * Secret Manager. It is returned when its administrator can log in; the start-up script may still be at work.
 *
 * @example
 * const { machine, cloud } = await startCloudMachine({ ca, state: { attributes: { "startup-script": text } } });
 */
export async function startCloudMachine(options: CloudMachineOptions): Promise<CloudMachine> {
  const cloud = new Cloud(controlSocketOf(instanceOf(options.instance)));
  const machine = await startMachine({
    ...options,
    wait: options.wait ?? "login",
    metadataServer: true,
    prepare: async (root) => {
      await installGuestEnvironment(root);
      const names = { hosts: ["secretmanager.googleapis.com"], ips: [addresses.googleServices] };
      await cloud.serveSecrets(await options.ca.issue("secretmanager", names));
      if (options.state !== undefined) await cloud.patch(options.state);
      await options.prepare?.(root, cloud);
    },
  });
  return { machine, cloud };
}
