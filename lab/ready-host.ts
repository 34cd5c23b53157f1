/**
 * A host that set-up has run on before, with the images that jobs use: what is not about set-up starts from it, instead of
 * installing the same packages and pulling the same images once more.
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { setupScript } from "../runner/host/archive.ts";
import { hostFiles } from "../runner/host/files.ts";
import { createCa, type LabCa } from "./ca.ts";
import { LabError } from "./errors.ts";
import { labHostSettings } from "./host-settings.ts";
import { type PreparedImage, prepareImages, pushImages } from "./images/index.ts";
import { type Machine, startMachine } from "./machine/index.ts";
import { cacheName, defineRoot, keptArchive, packRoot } from "./machine/root-file-system.ts";
import { mirrorDirectory, runDirectory } from "./paths.ts";
import { startRegistry } from "./registry.ts";

const levels = ["open", "protected"] as const;
/** What jobs of each level pull as a rule: those of `main` have a database besides, which is large. */
const pulled = { open: /^(docker|buildx-runners)\b/, protected: /^(docker|buildx-runners|postgis)\b/ };

const setUpOf = (mirrorUrl: string, ca: Pick<LabCa, "caPem">): string =>
  setupScript(hostFiles(labHostSettings({ stack: "lab", levels, mirrorUrl, ca })));

/** What belongs to one machine alone, or to one stack: the next owner is another. */
const notKept = [
  "etc/ssh/ssh_host_*",
  "home/admin/.ssh/*",
  "var/lib/buildx-runners/owner",
  "var/log/journal/*",
  "var/cache/apt/archives/*.deb",
  "var/cache/apt/*.bin",
];

/**
 * Finds the host in the cache, or makes it of a blank machine. Its name has the hash of all that decides what is on it.
 *
 * @returns an archive for `startMachine`.
 */
export async function ensureReadyHost(progress: (text: string) => void = () => {}): Promise<string> {
  const images = await prepareImages();
  const material = [
    cacheName(await defineRoot()),
    // Of any mirror and any authority: those of the machine that starts from it are others.
    setUpOf("https://mirror.example", {
      caPem: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    }),
    images.map(({ reference, layout }) => [reference, basename(layout)]),
    [notKept, Object.values(pulled).map(String)],
  ];
  const hash = createHash("sha256").update(JSON.stringify(material)).digest("hex");
  return keptArchive(`host-${hash.slice(0, 16)}.tar`, (unfinished) => make(images, unfinished, progress));
}

async function make(
  images: readonly PreparedImage[],
  archive: string,
  progress: (text: string) => void,
): Promise<void> {
  const machine = await startMachine({ progress });
  try {
    const ca = await createCa(runDirectory("ca"));
    const address = `${machine.bridgeAddress}:5001`;
    const mirror = await startRegistry({ address, ca, dataDirectory: mirrorDirectory });
    await pushImages(images, { address, caPath: ca.caPath });
    progress("set-up");
    await onMachine(machine, setUpOf(mirror.url, ca));
    progress("images");
    await Promise.all(levels.map((level) => onMachine(machine, pullScript(level, images))));
    progress("packing");
    await machine.exec("systemctl --no-block poweroff");
    await machine.waitUntilOff(90_000);
    await packRoot(machine.rootDirectory, archive, notKept);
  } finally {
    await machine.stop();
  }
}

const pullScript = (level: keyof typeof pulled, images: readonly PreparedImage[]): string =>
  images
    .filter(({ reference }) => pulled[level].test(reference))
    .map(
      ({ reference }) => `docker -H unix:///var/lib/buildx/${level}/docker.sock pull --quiet ${reference}\n`,
    )
    .join("");

async function onMachine(machine: Machine, script: string): Promise<void> {
  const { exitCode, stdout, stderr } = await machine.ssh("sudo -n /bin/bash -es", { input: script });
  if (exitCode === 0) return;
  const said = `${stdout}\n${stderr}`.trim().split("\n").slice(-20).join("\n");
  throw new LabError(`The host that the lab keeps could not be made:\n${said}`);
}
