/**
 * How long a machine of a cloud takes from its power on until it says `ready`: a stock image, which installs everything,
 * against a boot that installs the same packages and nothing else; and a baked image against the stock one.
 */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bakeRoot, packForLab } from "../bake/bake.ts";
import { createCa, type LabCa } from "../lab/ca.ts";
import type { Cloud } from "../lab/cloud/control.ts";
import { type CloudMachine, startCloudMachine } from "../lab/cloud/machine.ts";
import { LabError } from "../lab/errors.ts";
import { ensureImages } from "../lab/images/index.ts";
import type { Machine } from "../lab/machine/index.ts";
import { instanceOf } from "../lab/machine/instance.ts";
import { cacheDirectory, labDirectory } from "../lab/paths.ts";
import { startRegistry } from "../lab/registry.ts";
import { setupScript } from "../runner/host/archive.ts";
import { ATTRIBUTES, STARTUP_SCRIPT, STATUS_ATTRIBUTE } from "../runner/host/cloud.ts";
import { hostFiles } from "../runner/host/files.ts";
import { registrationInput } from "../runner/host/registration.ts";
import type { HostSettings } from "../runner/host/settings.ts";
import { IMAGES, installation, settingsOf, wantedPackages } from "./fresh-host.ts";
import { median, ratio, seconds, table } from "./table.ts";

const RUNS = 3;
/** Of its own, so that a lab may be up meanwhile. */
const INSTANCE = 39;
/** Seconds; a stock image on a busy computer needs a minute or two. */
const LONGEST = 900;
const SECRET = "projects/acme-ci/secrets/linux-runners";
const [STATUS_NAMESPACE = "", STATUS_KEY = ""] = STATUS_ATTRIBUTE.split("/");
const DIRECTORY = join(labDirectory, `run/bench-${INSTANCE}`);

const { bridgeAddress } = instanceOf(INSTANCE);
const MIRROR = `${bridgeAddress}:5001`;

const cloudSettings = (ca: LabCa): HostSettings => ({
  ...settingsOf(`https://${MIRROR}`, ca),
  cloud: { provider: "google", shutdownSeconds: 60, healthCheck: true },
});

/** Stands in for Docker Hub; the machine's network must be there, and takes it down with it. */
async function serveImages(ca: LabCa): Promise<void> {
  const dataDirectory = join(cacheDirectory, `mirror-${INSTANCE}`);
  await startRegistry({ address: MIRROR, ca, dataDirectory });
  await ensureImages({ references: IMAGES, registry: { address: MIRROR, caPath: ca.caPath } });
}

/** A machine that has just been switched on, and when that was. */
interface Booted extends CloudMachine {
  readonly at: number;
}

async function boot(
  ca: LabCa,
  attributes: Readonly<Record<string, string>>,
  archive?: string,
): Promise<Booted> {
  let at = Number.NaN;
  const payload = registrationInput(
    cloudSettings(ca).runners.map(({ name }) => ({ name, token: `glrt-${"x".repeat(20)}` })),
  );
  const started = await startCloudMachine({
    instance: INSTANCE,
    ca,
    ...(archive === undefined ? {} : { archive }),
    state: {
      attributes,
      secrets: {
        [SECRET]: {
          accessors: ["runners@acme-ci.iam.gserviceaccount.com"],
          versions: { 1: { payload, state: "ENABLED" } },
        },
      },
    },
    prepare: async () => {
      await serveImages(ca);
      at = performance.now();
    },
  });
  return { ...started, at };
}

const since = (start: number): number => (performance.now() - start) / 1000;

/** Until the machine can be logged in to, and until the packages are on it. */
async function floor(ca: LabCa): Promise<{ login: number; installed: number }> {
  const { machine, at } = await boot(ca, {});
  try {
    const login = since(at);
    const packages = await wantedPackages(machine, cloudSettings(ca));
    const before = performance.now();
    const { exitCode, stderr } = await machine.ssh("sudo -n /bin/bash -s", { input: installation(packages) });
    if (exitCode !== 0) throw new LabError(`The packages could not be installed: ${stderr}`);
    return { login, installed: login + since(before) };
  } finally {
    await machine.stop();
  }
}

/** Until the machine says that it is ready. */
async function ready(ca: LabCa, archive?: string): Promise<number> {
  const { machine, cloud, at } = await boot(
    ca,
    {
      [ATTRIBUTES.startup]: STARTUP_SCRIPT,
      [ATTRIBUTES.setup]: setupScript(hostFiles(cloudSettings(ca))),
      [ATTRIBUTES.secret]: `${SECRET}/versions/1`,
      "enable-guest-attributes": "TRUE",
    },
    archive,
  );
  try {
    await saysReady(machine, cloud);
    const elapsed = since(at);
    await requireHealth(machine);
    return elapsed;
  } finally {
    await machine.stop();
  }
}

async function saysReady(machine: Machine, cloud: Cloud): Promise<void> {
  const end = performance.now() + LONGEST * 1000;
  let status: string | undefined;
  while (performance.now() < end) {
    status = await cloud.guestAttribute(STATUS_NAMESPACE, STATUS_KEY);
    if (status === "ready") return;
    if (status?.startsWith("failed")) break;
    await sleep(50);
  }
  const end25 = readFileSync(machine.logPath, "utf8").split("\n").slice(-25).join("\n");
  throw new LabError(`The machine is not ready: ${status ?? "no status"}; the end of its console:\n${end25}`);
}

/** A figure counts only if the machine's doctor agrees. */
async function requireHealth(machine: Machine): Promise<void> {
  const { stdout } = await machine.exec("buildx-doctor --json");
  const { checks } = JSON.parse(stdout) as { checks: { id: string; outcome: string; detail: string }[] };
  const failed = checks.filter(({ outcome }) => outcome === "fail");
  if (failed.length > 0)
    throw new LabError(
      `The machine reports ready, but its doctor finds: ${failed.map(({ id, detail }) => `${id}: ${detail}`).join("; ")}`,
    );
}

/** The image's root file system, for machines of the lab. */
async function bakedArchive(ca: LabCa): Promise<string> {
  mkdirSync(DIRECTORY, { recursive: true });
  const archive = join(DIRECTORY, "baked.tar");
  await bakeRoot(
    { settings: cloudSettings(ca), instance: INSTANCE, prepare: () => serveImages(ca) },
    (root) => packForLab(root, archive),
  );
  return archive;
}

export async function bootBench(): Promise<string> {
  const ca = await createCa(join(labDirectory, `run/bench-${INSTANCE}-ca`));
  const floors: Awaited<ReturnType<typeof floor>>[] = [];
  const stock: number[] = [];
  const baked: number[] = [];
  try {
    const archive = await bakedArchive(ca);
    // The first machine fills the cache of packages that all later ones find.
    await floor(ca);
    for (let run = 0; run < RUNS; run++) {
      floors.push(await floor(ca));
      stock.push(await ready(ca));
      baked.push(await ready(ca, archive));
    }
  } finally {
    rmSync(DIRECTORY, { recursive: true, force: true });
  }
  const base = median(floors.map(({ installed }) => installed));
  const row = (name: string, value: number) => [
    name,
    seconds(value),
    ratio(value, base),
    ratio(median(stock), value),
  ];
  const rows = [
    row("a boot only", median(floors.map(({ login }) => login))),
    row("a boot and the packages only", base),
    row("stock image, ready", median(stock)),
    row("baked image, ready", median(baked)),
  ];
  return `${table([["machine", "median", "to the packages only", "faster than stock"], ...rows])}

Aim: a stock image within 1.2x of the packages alone, a baked one at least 8x faster than a stock one.`;
}
