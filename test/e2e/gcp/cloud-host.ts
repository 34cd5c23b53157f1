import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createCa } from "../../../lab/ca.ts";
import type { Cloud } from "../../../lab/cloud/control.ts";
import { startCloudMachine } from "../../../lab/cloud/machine.ts";
import type { CloudState, Patch } from "../../../lab/cloud/state.ts";
import type { Machine } from "../../../lab/machine/index.ts";
import { runDirectory } from "../../../lab/paths.ts";
import type { Result } from "../../../lab/run.ts";
import { setupScript } from "../../../runner/host/archive.ts";
import { ATTRIBUTES, STARTUP_SCRIPT } from "../../../runner/host/cloud.ts";
import { hostFiles } from "../../../runner/host/files.ts";
import type { HostSettings } from "../../../runner/host/settings.ts";
import type { Check } from "../host/support.ts";
import { fleetSettings, type NewTokens, type Services, startServices } from "./services.ts";

/** The secret that the tokens are in, and the machine's account, which may read it once a test says so. */
export const SECRET = "projects/acme-ci/secrets/linux-runners";
export const ACCOUNT = "runners@acme-ci.iam.gserviceaccount.com";

/** A machine of a fleet on Google Cloud, with the GitLab and the registry mirror that it is configured for. */
export interface CloudHost {
  readonly machine: Machine;
  readonly cloud: Cloud;
  /** The value of the attribute `buildx-runners-setup`, with changes to the settings. */
  setup(changes?: Partial<HostSettings>): string;
  newTokens(): Promise<NewTokens>;
  /** A command as root on the machine. */
  root(command: string, input?: string): Promise<Result>;
  /** Waits until the machine says so of itself; fails with the end of its console when it does not in time. */
  status(wanted: RegExp, seconds: number): Promise<string>;
  /** What its `buildx-doctor` has found wrong or doubtful: ids and details. */
  complaints(): Promise<string[]>;
  /** System ids of the managers that GitLab knows. */
  managers(): string[];
  /** As the machine's own systemd runs it: what it does with accounts' sessions asks where it comes from. */
  tearDown(): Promise<Result>;
  stop(): Promise<void>;
}

export interface CloudHostOptions {
  readonly settings?: Partial<HostSettings>;
  /** What the cloud knows beyond the attributes that a fleet's template and group give. */
  readonly state?: (services: Services) => Promise<Patch<CloudState>>;
  /** Last thing before the machine boots; its network is there. */
  readonly beforeBoot?: () => Promise<void>;
}

/** Boots a machine with the attributes that a fleet's template and group give it. */
export async function startCloudHost(options: CloudHostOptions): Promise<CloudHost> {
  const ca = await createCa(runDirectory("ca"));
  const settings = { ...fleetSettings(ca), ...options.settings };
  const setup = (changes: Partial<HostSettings> = {}) => setupScript(hostFiles({ ...settings, ...changes }));
  let services: Services | undefined;
  const { machine, cloud } = await startCloudMachine({
    ca,
    state: { attributes: { ...templateAttributes, [ATTRIBUTES.setup]: setup() } },
    prepare: async (_root, cloud) => {
      services = await startServices(ca, settings);
      await cloud.patch((await options.state?.(services)) ?? {});
      await options.beforeBoot?.();
    },
  }).catch(async (error) => {
    await services?.stop();
    throw error;
  });
  return handleOf(machine, cloud, services, setup);
}

function handleOf(
  machine: Machine,
  cloud: Cloud,
  services: Services | undefined,
  setup: CloudHost["setup"],
): CloudHost {
  if (services === undefined) throw new Error("the machine booted without its services");
  return {
    machine,
    cloud,
    setup,
    newTokens: () => services.newTokens(),
    root: (command, input) => machine.exec(command, input === undefined ? {} : { input }),
    status: (wanted, seconds) => waitForStatus(machine, cloud, wanted, seconds),
    complaints: () => complaints(machine),
    managers: () => services.gitlab.runners().flatMap((runner) => [...runner.managers.keys()]),
    tearDown: () =>
      machine.exec("systemd-run --quiet --wait --pipe /usr/local/lib/buildx-runners/teardown.sh"),
    stop: async () => {
      await services.stop();
      await machine.stop();
    },
  };
}

const templateAttributes = {
  [ATTRIBUTES.startup]: STARTUP_SCRIPT,
  "enable-guest-attributes": "TRUE",
  "block-project-ssh-keys": "TRUE",
  "serial-port-enable": "FALSE",
};

/** A version of the secret that the machine's account may read, and the attribute that names it. */
export function secretVersion(version: number, payload: string): Patch<CloudState> {
  return {
    attributes: { [ATTRIBUTES.secret]: `${SECRET}/versions/${version}` },
    secrets: { [SECRET]: { accessors: [ACCOUNT], versions: { [version]: { payload, state: "ENABLED" } } } },
  };
}

async function waitForStatus(
  machine: Machine,
  cloud: Cloud,
  wanted: RegExp,
  seconds: number,
): Promise<string> {
  const deadline = Date.now() + seconds * 1000;
  let status: string | undefined;
  while (Date.now() < deadline) {
    status = await cloud.guestAttribute("buildx-runners", "status");
    if (status !== undefined && wanted.test(status)) return status;
    await sleep(200);
  }
  const console = readFileSync(machine.logPath, "utf8").split("\n").slice(-25).join("\n");
  throw new Error(
    `after ${seconds} s the machine's status is ${JSON.stringify(status)}, not ${wanted}\n${console}`,
  );
}

async function complaints(machine: Machine): Promise<string[]> {
  const { stdout, stderr } = await machine.exec("buildx-doctor --json");
  if (stdout === "") throw new Error(`buildx-doctor said nothing: ${stderr}`);
  const { checks } = JSON.parse(stdout) as { checks: Check[] };
  return checks
    .filter(({ outcome }) => outcome !== "pass")
    .map(({ id, outcome, detail }) => `${outcome} ${id}: ${detail}`);
}
