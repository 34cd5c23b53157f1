/**
 * `npm run bake:test`: bakes an image of a host, boots it as a virtual machine with Secure Boot and a cloud around it, and
 * asks the machine itself whether it is what it should be. Slow: minutes with KVM, a quarter of an hour without.
 */
import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { Command } from "commander";
import { runCommandLine } from "../../command-line.ts";
import { createCa, type LabCa } from "../../lab/ca.ts";
import { addresses } from "../../lab/cloud/network.ts";
import type { CloudState, Patch } from "../../lab/cloud/state.ts";
import { HOST_IMAGES, labHostSettings } from "../../lab/host-settings.ts";
import { ensureImages } from "../../lab/images/index.ts";
import { instanceOf } from "../../lab/machine/instance.ts";
import { cacheDirectory, labDirectory } from "../../lab/paths.ts";
import { startRegistry } from "../../lab/registry.ts";
import { setupScript } from "../../runner/host/archive.ts";
import { ATTRIBUTES, STARTUP_SCRIPT, STATUS_ATTRIBUTE } from "../../runner/host/cloud.ts";
import { hostFiles } from "../../runner/host/files.ts";
import { registrationInput } from "../../runner/host/registration.ts";
import type { HostSettings, TrustLevel } from "../../runner/host/settings.ts";
import { bakeRoot } from "../bake.ts";
import { makeDisk } from "../disk.ts";
import { BAKE_TOOLS, BOOT_TOOLS, requireComputer } from "../tools.ts";
import { limitChecks, type MachineCheck, systemChecks, updateCheck } from "./checks.ts";
import { startVm, type VirtualMachine } from "./machine.ts";
import { accelerator } from "./qemu.ts";

const INSTANCE = 37;
const DISK_SIZE = 16;
const SECRET = "projects/acme-ci/secrets/linux-runners";

/**
 * With Docker Hub by a mirror on this computer, which is there while baking and never again. With KVM both levels;
 * without it the daemons of two, started at once, take longer than systemd and containerd wait, and so do regular checks.
 */
function settingsOf(ca: LabCa): HostSettings {
  const fast = accelerator() === "kvm";
  const levels: readonly TrustLevel[] = fast ? ["open", "protected"] : ["open"];
  return {
    ...labHostSettings({
      stack: "proof",
      levels,
      mirrorUrl: `https://${instanceOf(INSTANCE).bridgeAddress}:5001`,
      ca,
    }),
    cloud: { provider: "google", shutdownSeconds: 60, healthCheck: fast },
  };
}

/** What a fleet's template and group tell a machine, and the secret that they name. */
function stateOf(settings: HostSettings): Patch<CloudState> {
  const tokens = settings.runners.map(({ name }, index) => ({
    name,
    token: `glrt-not-of-any-gitlab-${index}`,
  }));
  return {
    attributes: {
      [ATTRIBUTES.startup]: STARTUP_SCRIPT,
      [ATTRIBUTES.setup]: setupScript(hostFiles(settings)),
      [ATTRIBUTES.secret]: `${SECRET}/versions/1`,
      "enable-guest-attributes": "TRUE",
      "block-project-ssh-keys": "TRUE",
    },
    secrets: {
      [SECRET]: {
        accessors: ["runners@acme-ci.iam.gserviceaccount.com"],
        versions: { 1: { payload: registrationInput(tokens), state: "ENABLED" } },
      },
    },
  };
}

const began = performance.now();
function say(text: string): void {
  console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${text}`);
}

/** The disk as it is before it is packed: those bytes are what Compute Engine makes a machine's disk of. */
async function bakeDisk(settings: HostSettings, ca: LabCa, disk: string): Promise<void> {
  const address = `${instanceOf(INSTANCE).bridgeAddress}:5001`;
  const dataDirectory = path.join(cacheDirectory, "mirror-host");
  mkdirSync(dataDirectory, { recursive: true });
  let stop = async (): Promise<void> => {};
  const prepare = async () => {
    stop = (await startRegistry({ address, ca, dataDirectory })).stop;
    await ensureImages({
      references: [HOST_IMAGES.buildkit, HOST_IMAGES.job],
      registry: { address, caPath: ca.caPath },
    });
  };
  const progress = (step: string) => say(`bake: ${step}`);
  try {
    await bakeRoot(
      { settings, instance: INSTANCE, prepare, progress },
      async ({ directory, date, contents }) => {
        progress("disk");
        const layout = await makeDisk(directory, disk, date);
        say(`disk of ${layout.disk / 1024 ** 3} GiB, kernel ${contents.kernel}`);
      },
    );
  } finally {
    await stop();
  }
}

/** Waits for the machine at each of its stages. */
async function followBoot(vm: VirtualMachine): Promise<void> {
  const start = performance.now();
  const since = () => `${((performance.now() - start) / 1000).toFixed(0)} s after power on`;
  await vm.until("a kernel", 180, async () => /Linux version/.test(vm.console()));
  say(`the kernel starts, ${since()}`);
  await vm.until("a shell over SSH", 600, async () => (await vm.root("true")).exitCode === 0);
  say(`SSH answers, ${since()}`);
  // A machine in the cloud asks its name server; this one has no cloud's.
  await vm.root(`echo '${addresses.googleServices} secretmanager.googleapis.com' >>/etc/hosts`);
  const [namespace = "", key = ""] = STATUS_ATTRIBUTE.split("/");
  let status: string | undefined;
  await vm.until("the status `ready`", 900, async () => {
    const now = await vm.cloud.guestAttribute(namespace, key);
    if (now !== status) say(`status: ${now}, ${since()}`);
    status = now;
    return status === "ready";
  });
  await vm.until("the last unit", 300, async () => {
    const { stdout } = await vm.root("systemctl is-system-running");
    return /^(running|degraded)$/.test(stdout.trim());
  });
  say(`systemd has started everything, ${since()}`);
}

/** Asks one check; returns whether it passed. */
async function ask(vm: VirtualMachine, check: MachineCheck): Promise<boolean> {
  const result = await vm.root(check.command);
  const passed = check.passes(result);
  say(`${passed ? "pass" : "FAIL"}  ${check.sentence}`);
  if (!passed)
    console.log(
      `${result.stdout}\n${result.stderr}`.trim().replace(/^/gm, "              "),
      `[${result.exitCode}]`,
    );
  return passed;
}

/** Doctor, whose limits may not be in doubt here. */
const doctor = ({ levels }: HostSettings): MachineCheck => ({
  sentence: "buildx-doctor reports no failure, and limits are enforced",
  command: "buildx-doctor",
  passes: ({ exitCode, stdout }) =>
    exitCode === 0 &&
    !/^fail /m.test(stdout) &&
    levels.every((level) => new RegExp(`^pass +${level}\\.limits `, "m").test(stdout)),
});

async function prove(): Promise<number> {
  requireComputer([labDirectory], { ...BAKE_TOOLS, ...BOOT_TOOLS });
  const ca = await createCa(path.join(labDirectory, `run/bake-${INSTANCE}-ca`));
  const settings = settingsOf(ca);
  const disk = path.join(labDirectory, "bake", "proof.raw");
  mkdirSync(path.dirname(disk), { recursive: true });
  await bakeDisk(settings, ca, disk);
  say(`boots (${accelerator()})`);
  const vm = await startVm({
    instance: INSTANCE,
    disk,
    diskSize: DISK_SIZE,
    ca,
    state: stateOf(settings),
  });
  let failures = 0;
  try {
    await followBoot(vm);
    const checks = [
      ...systemChecks(DISK_SIZE),
      doctor(settings),
      ...limitChecks(settings, "open"),
      updateCheck,
    ];
    for (const check of checks) if (!(await ask(vm, check))) failures += 1;
    say(
      failures === 0 ? `all ${checks.length} checks passed` : `${failures} of ${checks.length} checks failed`,
    );
  } finally {
    await vm.stop();
    await rm(disk, { force: true });
  }
  return failures;
}

const program = new Command("bake:test")
  .description("Bakes an image of a host, boots it as a virtual machine, and checks it.")
  .action(async () => {
    process.exitCode = (await prove()) === 0 ? 0 : 1;
  });

await runCommandLine(program);
