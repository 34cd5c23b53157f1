/** How long set-up takes to make a host of a fresh machine, against installing the same packages and nothing else. */
import { join } from "node:path";
import { createCa, type LabCa } from "../lab/ca.ts";
import { LabError } from "../lab/errors.ts";
import { ensureImages } from "../lab/images/index.ts";
import { type Machine, startMachine } from "../lab/machine/index.ts";
import { cacheDirectory, labDirectory } from "../lab/paths.ts";
import { type Registry, startRegistry } from "../lab/registry.ts";
import { setupScript } from "../runner/host/archive.ts";
import { hostFiles } from "../runner/host/files.ts";
import type { HostSettings } from "../runner/host/settings.ts";
import { median, ratio, seconds, table } from "./table.ts";

const RUNS = 3;
/** Of its own, so that a lab may be up meanwhile. */
const INSTANCE = 5;
const BUILDKIT = "moby/buildkit:v0.23.2";
const JOB_IMAGE = "docker:28.3.3-cli";

/** Both levels, all defaults. */
function settingsOf(mirror: Registry, ca: LabCa): HostSettings {
  const levels = ["open", "protected"] as const;
  const classes = ["socket", "plain"] as const;
  return {
    role: "host",
    stack: "bench",
    fleet: "linux",
    levels,
    runners: levels.flatMap((level) =>
      classes.map((runnerClass) => ({
        name: `bench/linux/${level}/${runnerClass}`,
        level,
        class: runnerClass,
      })),
    ),
    concurrency: 4,
    executor: "docker",
    jobImage: JOB_IMAGE,
    gitlabUrl: "https://gitlab.example.com",
    packages: { source: "distribution" },
    dataDirectory: "/var/lib/buildx",
    gitlabRunner: "none",
    builder: {
      image: BUILDKIT,
      maxParallelism: 4,
      reservedSpace: "2GB",
      maxUsedSpace: "8GB",
      minFreeSpace: "5%",
    },
    registryMirrors: { "docker.io": [mirror.url] },
    caCertificates: [ca.caPem],
  };
}

/** What set-up says as it goes, by the part that a line ends. */
const PARTS: readonly (readonly [name: string, line: RegExp])[] = [
  ["packages", /^changed +installed /],
  ["accounts, trust and guard", /^changed +buildx-open runs without a session/],
  ["daemons", /^changed +Docker daemon of level protected runs/],
  ["builders", /^changed +builder of level protected/],
  ["the rest", /^buildx-runners: ready/],
];

/** Over SSH as the stack does it, with the second at which each line came. */
async function timed(machine: Machine, script: string): Promise<{ seconds: number; lines: string[] }> {
  const stamped =
    'set -o pipefail; sudo -n /bin/bash -s | while IFS= read -r line; do echo "$EPOCHREALTIME $line"; done';
  const start = performance.now();
  const { exitCode, stdout, stderr } = await machine.ssh(`bash -c '${stamped}'`, { input: script });
  const elapsed = (performance.now() - start) / 1000;
  if (exitCode !== 0) throw new LabError(`The machine's ${exitCode}: ${stderr}\n${stdout}`);
  return { seconds: elapsed, lines: stdout.split("\n") };
}

/** The packages that set-up would install, as its own library says. */
async function wantedPackages(machine: Machine, settings: HostSettings): Promise<string> {
  const unpacked = "/root/unpacked";
  const script = setupScript(hostFiles(settings));
  await machine.exec(`BUILDX_RUNNERS_DESTINATION=${unpacked} bash -s`, { input: script });
  const { stdout, stderr, exitCode } = await machine.exec(
    `export LIBRARY=${unpacked}/usr/local/lib/buildx-runners; . "$LIBRARY/lib.sh" && wanted_packages`,
  );
  const names = stdout.split("\n").filter((name) => name !== "");
  if (exitCode !== 0 || names.length < 5) throw new LabError(`Set-up's packages are not known: ${stderr}`);
  return names.join(" ");
}

async function floor(machine: Machine, settings: HostSettings): Promise<number> {
  const packages = await wantedPackages(machine, settings);
  // Masked as set-up masks them: a rootful daemon that starts is no part of installing packages.
  const script = `set -e
    export DEBIAN_FRONTEND=noninteractive
    systemctl mask --quiet docker.service docker.socket containerd.service
    apt-get --quiet=2 update
    apt-get --quiet=2 --yes --no-install-recommends install ${packages}
    echo installed`;
  return (await timed(machine, script)).seconds;
}

interface SetUp {
  readonly seconds: number;
  readonly parts: ReadonlyMap<string, number>;
}

async function setUp(machine: Machine, settings: HostSettings): Promise<SetUp> {
  const began = Date.now() / 1000;
  const result = await timed(machine, setupScript(hostFiles(settings)));
  let last = began;
  const parts = new Map<string, number>();
  for (const [name, pattern] of PARTS) {
    const line = result.lines.find((candidate) => pattern.test(candidate.replace(/^\S+ /, "")));
    if (line === undefined)
      throw new LabError(`Set-up said nothing like ${pattern}:\n${result.lines.join("\n")}`);
    const at = Number(line.split(" ")[0]);
    parts.set(name, at - last);
    last = at;
  }
  return { seconds: result.seconds, parts };
}

/** A fresh machine, a mirror for Docker Hub that has what set-up pulls, and the end of both. */
async function onFreshMachine<T>(work: (machine: Machine, settings: HostSettings) => Promise<T>): Promise<T> {
  const machine = await startMachine({ instance: INSTANCE });
  try {
    const ca = await createCa(join(labDirectory, `run/bench-${INSTANCE}-ca`));
    const address = `${machine.bridgeAddress}:5001`;
    const mirror = await startRegistry({
      address,
      ca,
      dataDirectory: join(cacheDirectory, `mirror-${INSTANCE}`),
    });
    await ensureImages({ references: [BUILDKIT, JOB_IMAGE], registry: { address, caPath: ca.caPath } });
    return await work(machine, settingsOf(mirror, ca));
  } finally {
    await machine.stop();
  }
}

export async function hostBench(): Promise<string> {
  const floors: number[] = [];
  const setUps: SetUp[] = [];
  // The first machine fills the cache of packages that all later ones find.
  await onFreshMachine(floor);
  for (let run = 0; run < RUNS; run++) {
    floors.push(await onFreshMachine(floor));
    setUps.push(await onFreshMachine(setUp));
  }
  const base = median(floors);
  const row = (name: string, value: number) => [name, seconds(value), ratio(value, base)];
  const whole = median(setUps.map((run) => run.seconds));
  const rows = [
    row("the packages alone", base),
    row("set-up, both levels", whole),
    ...PARTS.map(([name]) =>
      row(`- ${name}`, median(setUps.map(({ parts }) => parts.get(name) ?? Number.NaN))),
    ),
  ];
  return `${table([["host", "median", "to the floor"], ...rows])}\n\nAim: set-up within 1.2x of the packages alone.`;
}
