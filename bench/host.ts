/** How long set-up takes to make a host of a fresh machine, against installing the same packages and nothing else. */
import { join } from "node:path";
import { createCa } from "../lab/ca.ts";
import { LabError } from "../lab/errors.ts";
import { ensureImages } from "../lab/images/index.ts";
import { type Machine, startMachine } from "../lab/machine/index.ts";
import { cacheDirectory, labDirectory } from "../lab/paths.ts";
import { startRegistry } from "../lab/registry.ts";
import { setupScript } from "../runner/host/archive.ts";
import { hostFiles } from "../runner/host/files.ts";
import type { HostSettings } from "../runner/host/settings.ts";
import { IMAGES, installation, settingsOf, wantedPackages } from "./fresh-host.ts";
import { median, ratio, seconds, table } from "./table.ts";

const RUNS = 3;
/** Of its own, so that a lab may be up meanwhile. */
const INSTANCE = 5;
/** What set-up says as it goes, by the part that a line ends. */
const PARTS: readonly (readonly [name: string, line: RegExp])[] = [
  ["packages", /^changed +installed /],
  ["accounts, trust and guard", /^changed +buildx-open runs without a login session/],
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

async function floor(machine: Machine, settings: HostSettings): Promise<number> {
  return (await timed(machine, installation(await wantedPackages(machine, settings)))).seconds;
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
      throw new LabError(`Set-up printed no line like ${pattern}:\n${result.lines.join("\n")}`);
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
    await ensureImages({ references: IMAGES, registry: { address, caPath: ca.caPath } });
    return await work(machine, settingsOf(mirror.url, ca));
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
