/** Everything that `npm start` and the end-to-end tests stand on: host, registries, images, GitLab, engine. */
import { readFileSync, rmSync } from "node:fs";
import type { StackEngine } from "../stack/engine.ts";
import { createCa, type LabCa } from "./ca.ts";
import {
  type ConfigEntry,
  ensurePulumi,
  type LabStackOptions,
  openLabStack,
  type Pulumi,
} from "./engine/index.ts";
import { REGISTRY_ISSUER, REGISTRY_SERVICE } from "./gitlab/container-registry.ts";
import { type Gitlab, startGitlab } from "./gitlab/index.ts";
import { ensureImages, type PreparedImage } from "./images/index.ts";
import { type Machine, startMachine } from "./machine/index.ts";
import { installSystemPackages } from "./packages.ts";
import { mirrorDirectory, runDirectory } from "./paths.ts";
import { besideSteps, type StepRunner } from "./progress.ts";
import { ensureReadyHost } from "./ready-host.ts";
import { type Registry, startRegistry } from "./registry.ts";
import { sampleFiles } from "./sample/index.ts";

export const PROJECT = "acme/shop";

export interface LabOptions {
  /** The person agreed to missing Debian packages being installed. */
  readonly assumeYes: boolean;
  readonly step: StepRunner;
  /** Registries and hosts can be made to fail, and a metadata server answers. Default false. */
  readonly faults?: boolean;
  /** The host is not blank: see {@link ensureReadyHost}. Default false. */
  readonly readyHost?: boolean;
}

export interface Lab {
  readonly ca: LabCa;
  readonly machine: Machine;
  /** The container registry of {@link gitlab}, which decides who may pull and push what. */
  readonly registry: Registry;
  /** Stands in for Docker Hub. */
  readonly mirror: Registry;
  readonly gitlab: Gitlab;
  readonly images: readonly PreparedImage[];
  /** Token of the user that the stack acts as: scopes api and create_runner, Maintainer of the project. */
  readonly token: string;
  readonly pulumi: Pulumi;
  /** Opens the lab's stack, with more configuration on top. */
  engine(options?: Partial<LabStackOptions>): Promise<StackEngine>;
  /** Takes everything down; nothing stays mounted, running or configured. */
  stop(): Promise<void>;
}

/** The user that the stack acts as. */
export const USER = "platform";

/**
 * Puts the lab up.
 *
 * @throws LabError saying what to do.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { step } = options;
  const faults = options.faults ?? false;
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (let end = stops.pop(); end !== undefined; end = stops.pop()) await end();
  };
  const findingPulumi = besideSteps(ensurePulumi);
  try {
    await step("Debian packages", async (say) => {
      const installed = await installSystemPackages(undefined, options);
      say(installed.length > 0 ? `installed ${installed.join(", ")}` : "all there");
    });
    const machine = await step("host: a Debian 13 machine", async (say) =>
      startMachine({
        metadataServer: faults,
        progress: say,
        ...(options.readyHost === true ? { archive: await ensureReadyHost(say) } : {}),
      }),
    );
    stops.push(() => machine.stop());
    // State outlives a lab that crashed; the machine that it describes does not.
    rmSync(stateDirectory, { recursive: true, force: true });
    const ca = await createCa(runDirectory("ca"));

    const gitlab = await step("GitLab stand-in with the sample project", () => startProject(machine, ca));
    stops.push(() => gitlab.stop());
    const [registry, mirror] = await step("GitLab's registry, and a mirror for Docker Hub", () =>
      startRegistries(machine, ca, gitlab, faults),
    );
    stops.push(
      () => registry.stop(),
      () => mirror.stop(),
    );
    const images = await step("container images", (say) =>
      ensureImages({ registry: { address: mirror.address, caPath: ca.caPath }, progress: say }),
    );
    const token = gitlab.createToken(USER, { scopes: ["api", "create_runner"] });
    const pulumi = await step("pulumi", findingPulumi);
    const parts = { ca, machine, registry, mirror, gitlab, images, token, pulumi };
    return { ...parts, engine: (more = {}) => engineOn(parts, more), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startRegistries(
  machine: Machine,
  ca: LabCa,
  gitlab: Gitlab,
  faults: boolean,
): Promise<[Registry, Registry]> {
  const content = runDirectory("registry");
  rmSync(content, { recursive: true, force: true });
  const registry = await startRegistry({
    address: registryAddress(machine),
    tokens: {
      realm: `${gitlab.url}/jwt/auth`,
      service: REGISTRY_SERVICE,
      issuer: REGISTRY_ISSUER,
      credentials: { user: "root", password: gitlab.adminToken },
    },
    ca,
    dataDirectory: content,
    faults,
  });
  const mirror = await startRegistry({
    address: `${machine.bridgeAddress}:5001`,
    ca,
    dataDirectory: mirrorDirectory,
  });
  return [registry, mirror];
}

const registryAddress = ({ bridgeAddress }: Machine) => `${bridgeAddress}:5000`;

async function startProject(machine: Machine, ca: LabCa): Promise<Gitlab> {
  const directory = runDirectory("gitlab");
  rmSync(directory, { recursive: true, force: true });
  const gitlab = await startGitlab({
    address: machine.bridgeAddress,
    tls: await ca.issue("gitlab", { ips: [machine.bridgeAddress] }),
    directory,
    registry: {
      address: registryAddress(machine),
      certificate: await ca.issue("registry-tokens", { ips: [machine.bridgeAddress] }),
    },
  });
  gitlab.createGroup("acme");
  await gitlab.createProject(PROJECT, await sampleFiles(), {
    defaultBranch: "main",
    protectedBranches: ["main"],
  });
  gitlab.createUser(USER, { [PROJECT]: "maintainer" });
  return gitlab;
}

type Parts = Pick<Lab, "ca" | "machine" | "registry" | "mirror" | "gitlab" | "token" | "pulumi">;

/** What Pulumi.lab.yaml cannot say: it differs from one lab to the next. */
export function labConfig(lab: Parts): ConfigEntry[] {
  const host = "buildx-runners:fleets[0].hosts[0]";
  return [
    { key: "gitlab:baseUrl", value: lab.gitlab.apiUrl },
    { key: "gitlab:cacertFile", value: lab.ca.caPath },
    { key: "gitlab:token", value: lab.token, secret: true },
    { key: `${host}.address`, value: lab.machine.address },
    { key: `${host}.user`, value: lab.machine.user },
    { key: `${host}.hostKey`, value: lab.machine.hostKey },
    { key: `${host}.privateKey`, value: readFileSync(lab.machine.privateKeyPath, "utf8"), secret: true },
    { key: "buildx-runners:fleets[0].registryMirrors", value: { "docker.io": [lab.mirror.url] } },
    { key: "buildx-runners:fleets[0].caCertificates[0]", value: lab.ca.caPem },
  ];
}

/** State of the lab's stack. It ends with the lab: the machine that it describes does. */
export const stateDirectory = runDirectory("stack");

function engineOn(lab: Parts, more: Partial<LabStackOptions>): Promise<StackEngine> {
  return openLabStack({
    pulumi: lab.pulumi,
    stack: "lab",
    stateDirectory,
    ...more,
    config: [...labConfig(lab), ...(more.config ?? [])],
  });
}
